import type { CallRecord } from '../../../shared/calls/call.ts'
import type { LedgerEntry, LedgerEvent } from '../../../shared/calls/events.ts'
import type { PastSpend } from '../../core/ledger/balances/balances.ts'
import type { Dimensions } from '../../core/policy/document/scope.ts'
import { MADE, PRICED, typeNumber } from '../rows/numbers.ts'
import {
  DIMENSIONS,
  dimensionsReader,
  type DimensionsRow,
  ENTRY,
  LAST_SEQ,
  readEntry,
  readRecord,
  RECORD,
} from '../store/read-rows.ts'
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
  return entries(
    database,
    database.prepare(`SELECT ${ENTRY} FROM entry WHERE seq > ? ORDER BY seq LIMIT ?`).all(seq, limit),
  )
}

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
  const sums = database.prepare(
    `SELECT bucket_ms AS at_ms, ${DIMENSIONS}, calls, cost_nanos, uncached_input + cache_read + cache_write_5m + cache_write_1h + output AS tokens
     FROM rollup JOIN dimensions ON dimensions.id = dimensions_id WHERE bucket_ms >= ? AND calls > 0`,
  )
  for (const row of sums.iterate(quarterHoursMs) as Iterable<SpendRow>) yield asPastSpend('quarter-hour', row, read)
  const calls = database.prepare(
    `SELECT admitted_ms AS at_ms, ${DIMENSIONS}, 1 AS calls, cost_nanos, tokens
     FROM call JOIN dimensions ON dimensions.id = dimensions_id
     WHERE admitted_ms >= ? AND state IN ${MADE} AND started_ms >= ?`,
  )
  for (const row of calls.iterate(callsMs, callsMs - BEFORE_ADMISSION_MS) as Iterable<SpendRow>)
    yield asPastSpend('call', row, read)
}

interface SpendRow extends DimensionsRow {
  at_ms: number
  calls: number
  cost_nanos: number
  tokens: number
}

function asPastSpend(grain: PastSpend['grain'], row: SpendRow, read: (row: DimensionsRow) => Dimensions): PastSpend {
  const dimensions = read(row)
  return { grain, dimensions, atMs: row.at_ms, weight: { nanos: row.cost_nanos, tokens: row.tokens, calls: row.calls } }
}

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
