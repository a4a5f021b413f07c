import { momentOf } from '../../../control/views/moment.ts'
import { AUDIT_TYPES, auditEntryOf } from '../../../core/ledger/outward/audit.ts'
import { eventsAfter } from '../../../ledger/queries/audit-queries.ts'
import { findDeveloper } from '../../../platform/identity/developer.ts'
import { EXIT, type Io } from '../../support/command.ts'
import { paints } from '../../support/output.ts'
import { readLedger, settingsOf } from '../../support/read-ledger.ts'

export interface AuditOptions {
  since?: string
  json?: boolean
}

const DEFAULT_SINCE = '30d'
const MAX_ENTRIES = 100_000

/** `allowance audit`: who raised, paused, answered and changed what, and which policies held; oldest first. */
export async function audit(options: AuditOptions, io: Io): Promise<number> {
  const developer = await findDeveloper(settingsOf(io).developer, io.env)
  const entries = await readLedger(io, ({ database, timeZone, nowMs }) => {
    const sinceMs = momentOf('since', options.since ?? DEFAULT_SINCE, timeZone, nowMs)
    return eventsAfter(database, AUDIT_TYPES, { seq: 0, sinceMs }, MAX_ENTRIES)
  })
  const { dim } = paints(io)
  for (const entry of entries) {
    const told = auditEntryOf(entry, developer.id)
    if (told === null) continue
    io.stdout(options.json ? `${JSON.stringify(told)}\n` : `${dim(told.at)}  ${told.sentence}\n`)
  }
  if (entries.length === 0) io.stderr('allowance: nothing was changed in this time\n')
  return EXIT.ok
}
