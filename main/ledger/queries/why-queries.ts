import type { CallRecord } from '../../../shared/calls/call.ts'
import type { UsdNanos } from '../../../shared/values/money.ts'
import { ROLLUP_STEP_MS } from '../../core/ledger/reports/rollup.ts'
import type { Dimensions } from '../../core/policy/document/scope.ts'
import { BEFORE_ADMISSION_MS } from './call-queries.ts'
import { readCalls } from './call-list-queries.ts'
import { MADE } from '../rows/numbers.ts'
import { DIMENSIONS, dimensionsReader, type DimensionsRow, readRecord, RECORD } from '../store/read-rows.ts'
import type { Database } from '../store/sqlite.ts'

/** Reads for explaining spend: few rows of a large ledger, by the roll-up first. Nothing here writes. */

/** What one set of dimensions spent in a quarter-hour. */
export interface StepSpend {
  dimensionsId: number
  dimensions: Dimensions
  nanos: UsdNanos
  calls: number
  refused: number
  tokens: number
}

/** The quarter-hour in which spend rose most over the one before it; null where nothing was spent. */
export function steepestStep(database: Database, sinceMs: number, untilMs: number): number | null {
  const firstMs = Math.floor(sinceMs / ROLLUP_STEP_MS) * ROLLUP_STEP_MS
  const steps = database
    .prepare(
      'SELECT bucket_ms AS atMs, sum(cost_nanos) AS nanos FROM rollup WHERE bucket_ms >= ? AND bucket_ms < ? GROUP BY bucket_ms ORDER BY bucket_ms',
    )
    .all(firstMs - ROLLUP_STEP_MS, untilMs) as { atMs: number; nanos: number }[]
  let best: { atMs: number; rise: number } | null = null
  for (const [index, { atMs, nanos }] of steps.entries()) {
    const before = steps[index - 1]
    const rise = nanos - (before?.atMs === atMs - ROLLUP_STEP_MS ? before.nanos : 0)
    if (atMs >= firstMs && nanos > 0 && rise > (best?.rise ?? 0)) best = { atMs, rise }
  }
  return best?.atMs ?? null
}

/** Who spent what in one quarter-hour. */
export function spendOfStep(database: Database, bucketMs: number): StepSpend[] {
  const rows = database
    .prepare(
      `SELECT dimensions_id AS dimensionsId, ${DIMENSIONS}, cost_nanos AS nanos, calls, refused, uncached_input + cache_read + cache_write_5m + cache_write_1h + output AS tokens
       FROM rollup CROSS JOIN dimensions ON dimensions.id = dimensions_id WHERE bucket_ms = ?`,
    )
    .all(bucketMs) as (Omit<StepSpend, 'dimensions'> & DimensionsRow)[]
  const read = dimensionsReader(database)
  return rows.map((row) => {
    const { dimensionsId, nanos, calls, refused, tokens } = row
    return { dimensionsId, nanos, calls, refused, tokens, dimensions: read(row) }
  })
}

/**
 * Calls of some sets of dimensions that were made, oldest first: of very many the newest `limit`. By when they were
 * admitted, as the roll-up counts them, so that both say the same number; `untilMs` is exclusive.
 */
export function callsOf(
  database: Database,
  dimensionsIds: ReadonlySet<number>,
  sinceMs: number,
  untilMs: number,
  limit: number,
): CallRecord[] {
  const rows = database
    .prepare(
      `SELECT dimensions_id, ${RECORD} FROM call WHERE started_ms >= ? AND started_ms < ? AND admitted_ms >= ? AND admitted_ms < ?
       AND state IN ${MADE} ORDER BY started_ms DESC, n DESC`,
    )
    .iterate(sinceMs - BEFORE_ADMISSION_MS, untilMs, sinceMs, untilMs) as Iterable<{ dimensions_id: number }>
  const found: CallRecord[] = []
  for (const row of rows) {
    if (!dimensionsIds.has(row.dimensions_id)) continue
    found.push(readRecord(database, row))
    if (found.length >= limit) break
  }
  return found.reverse()
}

/** Sets of dimensions that a conversation's calls have (its kinds and models), of those spent in a stretch of time. */
export function dimensionsOfConversation(
  database: Database,
  conversation: string,
  sinceMs: number,
  untilMs: number,
): Set<number> {
  const firstMs = Math.floor(sinceMs / ROLLUP_STEP_MS) * ROLLUP_STEP_MS
  const rows = database
    .prepare(
      `SELECT DISTINCT dimensions_id AS id FROM rollup CROSS JOIN dimensions ON dimensions.id = dimensions_id
       WHERE bucket_ms >= ? AND bucket_ms <= ? AND conversation = ?`,
    )
    .all(firstMs, untilMs, conversation) as { id: number }[]
  return new Set(rows.map(({ id }) => id))
}

/** Who spent what from one quarter-hour until before another, by set of dimensions. */
export function spendOfSpan(database: Database, sinceMs: number, untilMs: number): (StepSpend & { refused: number })[] {
  const { text } = database
    .prepare(
      `SELECT json_group_array(json_array(dimensions_id, profile_id, session, conversation, nanos, calls, refused, tokens)) AS text FROM (
         SELECT dimensions_id, sum(cost_nanos) AS nanos, sum(calls) AS calls, sum(refused) AS refused,
           sum(uncached_input + cache_read + cache_write_5m + cache_write_1h + output) AS tokens
         FROM rollup WHERE bucket_ms >= ? AND bucket_ms < ? GROUP BY +dimensions_id
       ) CROSS JOIN dimensions ON dimensions.id = dimensions_id`,
    )
    .get(sinceMs, untilMs) as { text: string }
  const rows = JSON.parse(text) as SpanRow[]
  const read = dimensionsReader(database)
  return rows.map(([dimensionsId, profileId, session, conversation, nanos, calls, refused, tokens]) => {
    const dimensions = read({ profile_id: profileId, session, conversation })
    return { dimensionsId, dimensions, nanos, calls, refused, tokens }
  })
}

type SpanRow = [number, number, string | null, string | null, number, number, number, number]

/** The costliest calls of some sets of dimensions, and the newest ones, oldest first. */
export function callsOfSpan(
  database: Database,
  dimensionsIds: readonly number[],
  sinceMs: number,
  untilMs: number,
  limit: number,
): { calls: CallRecord[]; costliest: CallRecord[] } {
  const read = (order: string, count: number) => {
    const rows = database
      .prepare(
        `SELECT n FROM call INDEXED BY call_by_start WHERE started_ms >= ? AND started_ms < ?
           AND dimensions_id IN (SELECT value FROM json_each(?)) ORDER BY ${order} LIMIT ?`,
      )
      .all(sinceMs, untilMs, JSON.stringify(dimensionsIds), count) as { n: number }[]
    return readCalls(
      database,
      rows.map(({ n }) => n),
    )
  }
  return {
    calls: read('started_ms DESC, n DESC', limit).reverse(),
    costliest: read('cost_nanos DESC, started_ms DESC', COSTLIEST),
  }
}

/** Enough to look at. */
const COSTLIEST = 12
