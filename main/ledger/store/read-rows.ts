import type { Attribution } from '../../../shared/calls/attribution.ts'
import type { CallRecord } from '../../../shared/calls/call.ts'
import type { LedgerEntry } from '../../../shared/calls/events.ts'
import { RecentMap } from '../../core/conversations/recent-map.ts'
import { type CallRow, type Facts, RECORD_COLUMNS, type TextReader, unpackRecord } from '../rows/call-row.ts'
import { QUOTE_COLUMNS, type Quoted, unpackEvent } from '../rows/event-row.ts'
import { typeOf } from '../rows/numbers.ts'
import type { Dimensions } from '../../core/policy/document/scope.ts'
import { profilesOf } from './profiles.ts'
import type { Database } from './sqlite.ts'

/** A call's record as one text: making an object of each row's columns takes some runtimes ten times as long. */
export const RECORD = `json_array(call.id, call.seq, call.state, call.started_ms, call.cost_nanos, call.facts_id, call.caller_id,
  (SELECT json_array(session, conversation) FROM dimensions WHERE dimensions.id = call.dimensions_id),
  ${RECORD_COLUMNS.map((name) => `call.${name}`).join(', ')}) AS record`

const QUOTED = `json_array(${QUOTE_COLUMNS.map((name) =>
  name === 'quoted_hold_nanos'
    ? 'coalesce(quoted_hold_nanos, held_nanos)'
    : name === 'quoted_context'
      ? 'coalesce(quoted_context, quoted_input)'
      : name,
).join(', ')}, quoted_facts_id) AS quoted`

/** The columns that an entry is read from, and the table of all that happened. */
export const ENTRY =
  'entry.seq AS seq, entry.at_ms AS at_ms, entry.type AS type, entry.call_n AS call_n, entry.body AS body'

export interface EntryRow {
  seq: number
  at_ms: number
  type: number | string
  /** The number of the call whose event it is. */
  call_n: number | null
  body: string | null
}

/** The place of the last event, also when it has been forgotten since. */
export const LAST_SEQ = `max(coalesce((SELECT max(seq) FROM event), 0), coalesce((SELECT max(seq) FROM call), 0),
  coalesce((SELECT CAST(value AS INTEGER) FROM meta WHERE key = 'last-seq'), 0))`

/** Texts kept in memory for each open ledger: a day of many programs. */
const MAX_KEPT_TEXTS = 5_000

const kept = new WeakMap<Database, TextReader>()

export function readRecord(database: Database, row: unknown): CallRecord {
  return unpackRecord(JSON.parse((row as { record: string }).record) as CallRow, textsIn(database))
}

export function readEntry(database: Database, row: unknown): LedgerEntry {
  const { seq, at_ms: atMs, type, call_n: callNumber, body } = row as EntryRow
  const read = (columns: string) => {
    const found = database.prepare(`SELECT ${columns} FROM call WHERE n = ?`).get(callNumber)
    if (!found) throw new Error(`an event of the call number ${callNumber}, which is not in the ledger`)
    return found
  }
  const reader = {
    record: () => readRecord(database, read(RECORD)),
    quoted: () => JSON.parse((read(QUOTED) as { quoted: string }).quoted) as Quoted,
    facts: textsIn(database).facts,
  }
  return { seq, atMs, event: unpackEvent(typeOf(type), body, reader) }
}

/** The columns that a set of dimensions is read from. */
export const DIMENSIONS =
  'dimensions.profile_id AS profile_id, dimensions.session AS session, dimensions.conversation AS conversation'

export interface DimensionsRow {
  profile_id: number
  session: string | null
  conversation: string | null
}

/** Reads sets of dimensions: each is a profile with a session and a conversation. */
export function dimensionsReader(database: Database): (row: DimensionsRow) => Dimensions {
  const profiles = profilesOf(database)
  return ({ profile_id: profileId, session, conversation }) => {
    const profile = profiles.get(profileId) ?? { billing: 'metered' as const, values: {} }
    // Of reports by profile there are thousands, and none of them has either.
    if (session === null && conversation === null) return profile
    const { billing, values } = profile
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

function textsIn(database: Database): TextReader {
  const known = kept.get(database)
  if (known) return known
  const texts = new RecentMap<number, unknown>(MAX_KEPT_TEXTS)
  const statement = database.prepare('SELECT body FROM facts WHERE id = ?')
  const read = (id: number): unknown => {
    const remembered = texts.get(id)
    if (remembered !== undefined) return remembered
    const { body } = statement.get(id) as { body: string }
    const parsed: unknown = JSON.parse(body)
    texts.set(id, parsed)
    return parsed
  }
  const reader: TextReader = { facts: (id) => read(id) as Facts, caller: (id) => read(id) as Attribution }
  kept.set(database, reader)
  return reader
}
