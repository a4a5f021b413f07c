import type { CallRecord } from '../../../shared/calls/call.ts'
import type { LedgerEntry, LedgerEvent } from '../../../shared/calls/events.ts'
import type { PastSpend } from '../../core/ledger/balances/balances.ts'
import type { Dimensions } from '../../core/policy/document/scope.ts'
import { MADE, PRICED, REFUSED, stateNumber, typeNumber } from '../rows/numbers.ts'
import { dimensionsReader, ENTRY, LAST_SEQ, readEntry, readRecord, RECORD } from '../store/read-rows.ts'
import type { Database, SqlValue } from '../store/sqlite.ts'

/** Reads of the ledger, for the gateway and for verbs that work without one. Nothing here writes. */

/** A call starts before it is admitted, by at most a minute's wait and two minutes' question. */
export const BEFORE_ADMISSION_MS = 5 * 60_000

export interface CallFilter {
  /** Only calls that changed after this seq. */
  afterSeq?: number
  /** Only calls that last changed before this seq (to page backwards). */
  beforeSeq?: number
  sinceMs?: number
  untilMs?: number
  limit: number
}

/** The newest `limit` calls that fit, newest last. */
export function findCalls(database: Database, filter: CallFilter): CallRecord[] {
  const conditions: [string, SqlValue | undefined][] = [
    ['seq > ?', filter.afterSeq],
    ['seq < ?', filter.beforeSeq],
    ['started_ms >= ?', filter.sinceMs],
    ['started_ms < ?', filter.untilMs],
  ]
  const used = conditions.filter((condition): condition is [string, SqlValue] => condition[1] !== undefined)
  const where = used.length > 0 ? `WHERE ${used.map(([sql]) => sql).join(' AND ')}` : ''
  const order = filter.beforeSeq !== undefined || filter.afterSeq !== undefined ? 'seq DESC' : 'started_ms DESC, n DESC'
  const rows = database
    .prepare(`SELECT ${RECORD} FROM call ${where} ORDER BY ${order} LIMIT ?`)
    .all(...used.map(([, value]) => value), filter.limit)
  return rows.map((row) => readRecord(database, row)).reverse()
}

/** Calls that changed after a seq, in the order of their last change: at most `limit`. */
export function callsAfter(database: Database, seq: number, limit: number): CallRecord[] {
  const rows = database.prepare(`SELECT ${RECORD} FROM call WHERE seq > ? ORDER BY seq LIMIT ?`).all(seq, limit)
  return rows.map((row) => readRecord(database, row))
}

export function findCall(database: Database, id: string): CallRecord | null {
  const row = database.prepare(`SELECT ${RECORD} FROM call WHERE id = ?`).get(id)
  return row ? readRecord(database, row) : null
}

/** One call's life, oldest first. */
export function eventsOf(database: Database, callId: string): LedgerEntry[] {
  return entries(
    database,
    database
      .prepare(`SELECT ${ENTRY} FROM entry WHERE call_n = (SELECT n FROM call WHERE id = ?) ORDER BY seq`)
      .all(callId),
  )
}

/** The ledger's tail: at most `limit` entries after a seq, in order. */
export function entriesAfter(database: Database, seq: number, limit: number): LedgerEntry[] {
  return entries(database, database.prepare(ENTRIES_AFTER).all(seq, limit))
}

/**
 * As the view `entry` has it, but each of its parts is read no further than to the limit: asked for in order, the view
 * sorts all that comes after.
 */
const part = (from: string, seq: string) => `SELECT * FROM (${from} AND ${seq} > ?1 ORDER BY ${seq} LIMIT ?2)`
const ENTRIES_AFTER = [
  part('SELECT seq, at_ms, type, call_n, body FROM event WHERE true', 'seq'),
  part(
    `SELECT n, started_ms + waited_ms, ${typeNumber('call.admitted')}, n, NULL FROM call WHERE quoted_input IS NOT NULL`,
    'n',
  ),
  part(
    `SELECT seq, started_ms + duration_ms, CASE state ${(
      [
        ['settled', 'call.settled'],
        ['expired', 'call.expired'],
        ['refused', 'call.refused'],
      ] as const
    )
      .map(([state, type]) => `WHEN ${stateNumber(state)} THEN ${typeNumber(type)}`)
      .join(' ')} END, n, NULL
     FROM call INDEXED BY call_by_seq WHERE state IN (${stateNumber('settled')}, ${stateNumber('expired')}, ${REFUSED})
       AND NOT EXISTS (SELECT 1 FROM event WHERE event.seq = call.seq)`,
    'seq',
  ),
]
  .join(' UNION ALL ')
  .concat(' ORDER BY seq LIMIT ?2')

/** Events that are no call's (policy, budgets, traffic), of some types, since a moment. */
export function gatewayEvents(
  database: Database,
  types: readonly LedgerEvent['type'][],
  sinceMs: number,
): LedgerEntry[] {
  const marks = types.map(() => '?').join(', ')
  return entries(
    database,
    database
      .prepare(
        `SELECT ${ENTRY} FROM event AS entry WHERE call_n IS NULL AND type IN (${marks}) AND at_ms >= ? ORDER BY seq`,
      )
      .all(...types.map(typeNumber), sinceMs),
  )
}

/** What no call's row tells by itself. */
type WrittenEvent =
  | 'call.waiting'
  | 'call.asked'
  | 'call.answered'
  | 'call.topped-up'
  | 'call.released'
  | 'call.repriced'

/** Events of calls that started since a moment, of types that have rows of their own, in order. */
export function callEvents(database: Database, types: readonly WrittenEvent[], startedSinceMs: number): LedgerEntry[] {
  const marks = types.map(() => '?').join(', ')
  return entries(
    database,
    database
      .prepare(
        `SELECT ${ENTRY} FROM call CROSS JOIN event AS entry ON entry.call_n = call.n
         WHERE call.started_ms >= ? AND entry.type IN (${marks}) ORDER BY entry.seq`,
      )
      .all(startedSinceMs, ...types.map(typeNumber)),
  )
}

export function lastSeq(database: Database): number {
  return (database.prepare(`SELECT ${LAST_SEQ} AS seq`).get() as { seq: number }).seq
}

/** Spend for the balances: quarter-hour sums from `quarterHoursMs`, single calls from `callsMs`. Closed calls only. */
export function* pastSpend(database: Database, quarterHoursMs: number, callsMs: number): Iterable<PastSpend> {
  const read = dimensionsReader(database)
  const known = new Map<number, Dimensions>()
  const dimensionsOf = (id: number, profileId: number, session: string | null, conversation: string | null) => {
    const found = known.get(id) ?? read({ profile_id: profileId, session, conversation })
    known.set(id, found)
    return found
  }
  // A day at a time as one text: of a month there are tens of thousands of rows, and an object of each costs most.
  const days = (grain: PastSpend['grain'], sql: string, sinceMs: number, lastMs: number | null) => {
    const statement = database.prepare(
      `SELECT json_group_array(json_array(at_ms, dimensions_id, profile_id, session, conversation, calls, cost_nanos, tokens)) AS text
       FROM (${sql})`,
    )
    return (function* (): Iterable<PastSpend> {
      for (let fromMs = sinceMs; lastMs !== null && fromMs <= lastMs; fromMs += DAY_MS) {
        const { text } = statement.get(fromMs, fromMs + DAY_MS) as { text: string }
        for (const [atMs, id, profileId, session, conversation, calls, nanos, tokens] of JSON.parse(
          text,
        ) as PastRow[]) {
          const dimensions = dimensionsOf(id, profileId, session, conversation)
          yield { grain, dimensions, atMs, weight: { nanos, tokens, calls } }
        }
      }
    })()
  }
  const { first, last } = database
    .prepare('SELECT min(bucket_ms) AS first, max(bucket_ms) AS last FROM rollup WHERE bucket_ms >= ?')
    .get(quarterHoursMs) as { first: number | null; last: number | null }
  yield* days(
    'quarter-hour',
    `SELECT bucket_ms AS at_ms, dimensions_id, profile_id, session, conversation, calls, cost_nanos,
       uncached_input + cache_read + cache_write_5m + cache_write_1h + output AS tokens
     FROM rollup CROSS JOIN dimensions ON dimensions.id = dimensions_id WHERE bucket_ms >= ?1 AND bucket_ms < ?2 AND calls > 0`,
    first ?? quarterHoursMs,
    last,
  )
  const calls = database
    .prepare('SELECT min(started_ms) AS first, max(started_ms) AS last FROM call WHERE started_ms >= ?')
    .get(callsMs - BEFORE_ADMISSION_MS) as { first: number | null; last: number | null }
  yield* days(
    'call',
    `SELECT admitted_ms AS at_ms, dimensions_id, profile_id, session, conversation, 1 AS calls, cost_nanos, tokens
     FROM call INDEXED BY call_by_start CROSS JOIN dimensions ON dimensions.id = dimensions_id
     WHERE started_ms >= ?1 AND started_ms < ?2 AND admitted_ms >= ${Math.trunc(callsMs)} AND state IN ${MADE}`,
    calls.first ?? callsMs,
    calls.last,
  )
}

const DAY_MS = 86_400_000

type PastRow = [number, number, number, string | null, string | null, number, number, number]

function entries(database: Database, rows: unknown[]): LedgerEntry[] {
  return rows.map((row) => readEntry(database, row))
}

/** Every closed call that started since a moment, oldest first, one at a time: there may be very many. */
export function* callsSince(database: Database, sinceMs: number): Iterable<CallRecord> {
  const rows = database
    .prepare(`SELECT ${RECORD} FROM call WHERE started_ms >= ? AND state IN ${PRICED} ORDER BY started_ms`)
    .iterate(sinceMs)
  for (const row of rows) yield readRecord(database, row)
}

/** Where a page of calls ended. */
export interface CallPlace {
  startedMs: number
  n: number
}

interface CallPlaceRow {
  started_ms: number
  n: number
}

/** The next calls in the order in which they began; `next` is null behind the last of them. */
export function callPage(
  database: Database,
  after: CallPlace,
  untilMs: number,
  limit: number,
): { records: CallRecord[]; next: CallPlace | null } {
  const rows = database
    .prepare(
      `SELECT started_ms, n, ${RECORD} FROM call WHERE (started_ms, n) > (?, ?) AND started_ms < ?
       ORDER BY started_ms, n LIMIT ?`,
    )
    .all(after.startedMs, after.n, untilMs, limit) as CallPlaceRow[]
  const last = rows.length < limit ? undefined : rows.at(-1)
  return {
    records: rows.map((row) => readRecord(database, row)),
    next: last ? { startedMs: last.started_ms, n: last.n } : null,
  }
}

export function countCalls(database: Database, sinceMs: number, untilMs: number): number {
  const row = database
    .prepare('SELECT count(*) AS calls FROM call WHERE started_ms >= ? AND started_ms < ?')
    .get(sinceMs, untilMs) as { calls: number }
  return row.calls
}
