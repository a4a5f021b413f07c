import { commandLine } from '../../../shared/values/command-line.ts'
import { AllowanceError } from '../../../shared/contract/errors.ts'
import { nearest } from '../../core/policy/document/nearest.ts'
import { gatewayEvents } from '../../ledger/queries/call-queries.ts'
import { isKnownScope, recentSessions } from '../../ledger/queries/scope-queries.ts'
import type { Database } from '../../ledger/store/sqlite.ts'

/** Names that are listed where one was mistyped. */
const SHOWN = 5

/**
 * A session or conversation can be stopped and started when a call of it was seen, or it was stopped before. Throws
 * `not-found` with the nearest names: to say `paused` of what does not exist would leave the culprit running.
 */
export function checkScope(database: Database, name: string, nowMs: number): void {
  if (isKnownScope(database, name)) return
  const wasStopped = gatewayEvents(database, ['traffic.paused'], 0).some(
    ({ event }) => event.type === 'traffic.paused' && (event.session === name || event.conversation === name),
  )
  if (wasStopped) return
  const recent = recentSessions(database, nowMs - 86_400_000)
  const near = nearest(name, recent)
  const known = recent.length > 0 ? `; recently there were ${recent.slice(0, SHOWN).join(', ')}` : ''
  throw new AllowanceError(
    'not-found',
    `no session or conversation is named "${name}"${known}`,
    near ? `did you mean "${near}"?` : commandLine('spend --by session'),
  )
}
