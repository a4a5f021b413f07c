import type { CallRecord } from '../../../shared/calls/call.ts'
import type { LedgerEntry, LedgerEvent } from '../../../shared/calls/events.ts'
import { RecentMap } from '../../core/conversations/recent-map.ts'
import { type CallRow, type Facts, unpackRecord } from '../rows/call-row.ts'
import { unpackEvent } from '../rows/event-row.ts'
import type { Dimensions } from '../../core/policy/document/scope.ts'
import { profilesOf } from './profiles.ts'
import type { Database } from './sqlite.ts'

/** The columns that a record is read from. */
export const RECORD =
  'call.id AS id, call.seq AS seq, call.state AS state, call.started_ms AS started_ms, call.cost_nanos AS cost_nanos, call.facts_id AS facts_id, call.record AS record'

/** The columns that an entry is read from. */
export const ENTRY =
  'event.seq AS seq, event.at_ms AS at_ms, event.type AS type, event.call_id AS call_id, event.body AS body'

export interface EntryRow {
  seq: number
  at_ms: number
  type: string
  call_id: string | null
  body: string
}

/** Facts kept in memory for each open ledger: a day of many programs. */
const MAX_KEPT_FACTS = 5_000

const kept = new WeakMap<Database, (id: number) => Facts>()

export function readRecord(database: Database, row: unknown): CallRecord {
  return unpackRecord(row as CallRow, factsIn(database))
}

export function readEntry(database: Database, row: unknown): LedgerEntry {
  const { seq, at_ms: atMs, type, call_id: callId, body } = row as EntryRow
  const record = () => {
    const found = database.prepare(`SELECT ${RECORD} FROM call WHERE id = ?`).get(callId)
    if (!found) throw new Error(`an event of the call ${callId}, which is not in the ledger`)
    return readRecord(database, found)
  }
  return { seq, atMs, event: unpackEvent(type as LedgerEvent['type'], body, record, factsIn(database)) }
}

/** Reads sets of dimensions: a short one is a profile with a session and a conversation. */
export function dimensionsReader(database: Database): (body: string) => Dimensions {
  const profiles = profilesOf(database)
  return (body) => {
    const parsed = JSON.parse(body) as
      | Dimensions
      | [profileId: number, session: string | null, conversation: string | null]
    if (!Array.isArray(parsed)) return parsed
    const [profileId, session, conversation] = parsed
    const { billing, values } = profiles.get(profileId) ?? { billing: 'metered' as const, values: {} }
    return {
      billing,
      values: {
        ...values,
        ...(session === null ? {} : { session }),
        ...(conversation === null ? {} : { conversation }),
      },
    }
  }
}

function factsIn(database: Database): (id: number) => Facts {
  const known = kept.get(database)
  if (known) return known
  const facts = new RecentMap<number, Facts>(MAX_KEPT_FACTS)
  const statement = database.prepare('SELECT body FROM facts WHERE id = ?')
  const read = (id: number) => {
    const remembered = facts.get(id)
    if (remembered) return remembered
    const { body } = statement.get(id) as { body: string }
    const parsed = JSON.parse(body) as Facts
    facts.set(id, parsed)
    return parsed
  }
  kept.set(database, read)
  return read
}
