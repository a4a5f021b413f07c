import type { Billing, CallRecord } from '../../../shared/calls/call.ts'
import type { UsdNanos } from '../../../shared/values/money.ts'
import { NO_USAGE } from '../../../shared/calls/usage.ts'
import { ROLLUP_STEP_MS, rollupStepOf } from '../../core/ledger/reports/rollup.ts'
import type { SpendPart } from '../../core/ledger/reports/spend-report.ts'
import type { Dimensions } from '../../core/policy/document/scope.ts'
import { BEFORE_ADMISSION_MS } from './call-queries.ts'
import { REFUSED } from '../rows/numbers.ts'
import { DIMENSIONS, dimensionsReader, type DimensionsRow, readRecord, RECORD } from '../store/read-rows.ts'
import type { Database } from '../store/sqlite.ts'

/** Sums of spend: whole quarter-hours from the roll-up, the edges of the time asked for from single calls. Nothing here writes. */

/** What sums are kept apart by: their quarter-hours, their profiles, or sessions and conversations as well. */
export type SpendGrain = 'time' | 'profile' | 'thread'

/** The grain that tells these dimensions apart: sessions and conversations are many, and read only where they are asked for. */
export function grainOf(dimensions: readonly string[]): SpendGrain {
  return dimensions.includes('session') || dimensions.includes('conversation') ? 'thread' : 'profile'
}

/** Closed calls that were admitted from `sinceMs` until before `untilMs`. The coarser the grain, the fewer rows are read. */
export function spendParts(database: Database, sinceMs: number, untilMs: number, grain: SpendGrain): SpendPart[] {
  const firstWhole = Math.ceil(sinceMs / ROLLUP_STEP_MS) * ROLLUP_STEP_MS
  const lastWhole = Math.floor(untilMs / ROLLUP_STEP_MS) * ROLLUP_STEP_MS
  if (firstWhole >= lastWhole) return [...callParts(database, sinceMs, untilMs)]
  return [
    ...callParts(database, sinceMs, firstWhole),
    ...rollupParts(database, firstWhole, lastWhole, grain),
    ...callParts(database, lastWhole, untilMs),
  ]
}

/** When the first call that the sums still know was admitted, to the quarter-hour; null in an empty ledger. */
export function oldestSpendMs(database: Database): number | null {
  return (database.prepare('SELECT min(bucket_ms) AS oldest FROM rollup').get() as { oldest: number | null }).oldest
}

/**
 * Spend of metered calls that were admitted since a moment, one sum for each set of dimensions; without sessions and
 * conversations, of which there may be thousands, where nobody asks for them (`byThread`).
 */
export function recentSpend(
  database: Database,
  sinceMs: number,
  byThread: boolean,
): { nanos: UsdNanos; dimensions: Dimensions }[] {
  const thread = byThread ? 'session, conversation' : 'NULL AS session, NULL AS conversation'
  const rows = database
    .prepare(
      `SELECT profile_id, ${thread}, sum(cost_nanos) AS nanos FROM call JOIN dimensions ON dimensions.id = dimensions_id
       WHERE started_ms >= ? AND admitted_ms >= ? AND cost_nanos > 0 GROUP BY ${byThread ? 'dimensions_id' : 'profile_id'}`,
    )
    .all(sinceMs - BEFORE_ADMISSION_MS, sinceMs) as (DimensionsRow & { nanos: number })[]
  const read = dimensionsReader(database)
  return rows
    .map((row) => ({ dimensions: read(row), nanos: row.nanos }))
    .filter(({ dimensions }) => dimensions.billing === 'metered')
}

/** When the first call that is remembered began; null before there is one. */
export function firstCallMs(database: Database): number | null {
  const row = database.prepare('SELECT min(started_ms) AS first FROM call').get() as { first: number | null }
  return row.first
}

/** What metered calls cost in each quarter-hour that has any, oldest first. */
export function spendBySteps(database: Database, sinceMs: number, untilMs: number): { atMs: number; nanos: number }[] {
  return database
    .prepare(
      `SELECT bucket_ms AS atMs, sum(cost_nanos) AS nanos
       FROM rollup JOIN dimensions ON dimensions.id = dimensions_id JOIN profile ON profile.id = profile_id
       WHERE bucket_ms >= ? AND bucket_ms < ? AND profile.body ->> '$.billing' = 'metered' GROUP BY bucket_ms ORDER BY bucket_ms`,
    )
    .all(sinceMs, untilMs) as { atMs: number; nanos: number }[]
}

/** Calls that were refused since a moment, oldest first: at most the newest `limit`. */
export function refusedCalls(database: Database, sinceMs: number, limit: number): CallRecord[] {
  const rows = database
    .prepare(
      `SELECT ${RECORD} FROM call WHERE started_ms >= ? AND state = ${REFUSED} ORDER BY started_ms DESC, n DESC LIMIT ?`,
    )
    .all(sinceMs, limit)
  return rows.map((row) => readRecord(database, row)).reverse()
}

/** Whole hours of profiles have sums of their own; what is before the first and after the last comes from quarter-hours. */
function* rollupParts(database: Database, sinceMs: number, untilMs: number, grain: SpendGrain): Iterable<SpendPart> {
  if (grain !== 'profile') {
    yield* summedParts(database, QUARTERS[grain], sinceMs, untilMs)
    return
  }
  const firstHourMs = Math.min(untilMs, Math.ceil(sinceMs / HOUR_MS) * HOUR_MS)
  const lastHourMs = Math.max(firstHourMs, Math.floor(untilMs / HOUR_MS) * HOUR_MS)
  yield* summedParts(database, QUARTERS.profile, sinceMs, firstHourMs)
  yield* summedParts(database, HOURS, firstHourMs, lastHourMs)
  yield* summedParts(database, QUARTERS.profile, lastHourMs, untilMs)
}

function* summedParts(database: Database, sql: string, sinceMs: number, untilMs: number): Iterable<SpendPart> {
  if (sinceMs >= untilMs) return
  const { text } = database.prepare(sql).get(sinceMs, untilMs) as { text: string }
  const read = dimensionsReader(database)
  for (const [atMs, billing, profileId, session, conversation, ...sums] of JSON.parse(text) as SummedRow[]) {
    const [calls, refused, costNanos, ceilingNanos, uncachedInput, cacheRead, cacheWrite5m, cacheWrite1h] = sums
    const [output, reasoning, audioInput, audioOutput, imageInput, imageOutput, estimated] = sums.slice(8) as Sums
    yield {
      atMs,
      dimensions: profileId === null ? { billing, values: {} } : read({ profile_id: profileId, session, conversation }),
      calls,
      refused,
      costNanos,
      ceilingNanos,
      usage: {
        uncachedInput,
        cacheRead,
        cacheWrite5m,
        cacheWrite1h,
        output,
        reasoning,
        audioInput,
        audioOutput,
        imageInput,
        imageOutput,
        source: estimated > 0 ? 'estimated' : 'reported',
      },
    }
  }
}

function* callParts(database: Database, sinceMs: number, untilMs: number): Iterable<SpendPart> {
  if (sinceMs >= untilMs) return
  const rows = database
    .prepare(
      `SELECT coalesce(admitted_ms, started_ms) AS at_ms, admitted_ms IS NOT NULL AS admitted, ${DIMENSIONS}, ${RECORD}
       FROM call JOIN dimensions ON dimensions.id = dimensions_id
       WHERE started_ms >= ? AND started_ms < ? AND coalesce(admitted_ms, started_ms) >= ? AND coalesce(admitted_ms, started_ms) < ?`,
    )
    .iterate(sinceMs - BEFORE_ADMISSION_MS, untilMs, sinceMs, untilMs) as Iterable<CallRow>
  const read = dimensionsReader(database)
  for (const row of rows) {
    const step = rollupStepOf(readRecord(database, row), row.admitted === 1)
    if (step) yield { ...step, atMs: row.at_ms, dimensions: read(row), usage: step.usage ?? NO_USAGE }
  }
}

const SUMMED = [
  'calls',
  'refused',
  'cost_nanos',
  'ceiling_nanos',
  'uncached_input',
  'cache_read',
  'cache_write_5m',
  'cache_write_1h',
  'output',
  'reasoning',
  'audio_input',
  'audio_output',
  'image_input',
  'image_output',
  'estimated',
] as const

const HOUR_MS = 3_600_000
const names = SUMMED.join(', ')
const sums = SUMMED.map((column) => `sum(${column}) AS ${column}`).join(', ')
/** Rows as one text: making an object of each takes some runtimes ten times as long as all the rest. */
const asText = (columns: string, from: string) =>
  `SELECT json_group_array(json_array(${columns}, ${names})) AS text FROM (${from})`
const QUARTER_SUMS = `${sums} FROM rollup WHERE bucket_ms >= ? AND bucket_ms < ?`

const QUARTERS: Record<SpendGrain, string> = {
  // By time nobody asks who it was: one row a quarter-hour and way of billing, instead of one for each set of dimensions.
  time: asText(
    'bucket_ms, billing, NULL, NULL, NULL',
    `SELECT bucket_ms, profile.body ->> '$.billing' AS billing, ${sums}
     FROM rollup JOIN dimensions ON dimensions.id = dimensions_id JOIN profile ON profile.id = profile_id
     WHERE bucket_ms >= ? AND bucket_ms < ? GROUP BY bucket_ms, billing`,
  ),
  profile: asText(
    'at_ms, NULL, profile_id, NULL, NULL',
    `SELECT at_ms, profile_id, sums.* FROM (SELECT dimensions_id, min(bucket_ms) AS at_ms, ${QUARTER_SUMS} GROUP BY +dimensions_id) AS sums
     JOIN dimensions ON dimensions.id = dimensions_id`,
  ),
  thread: asText(
    'at_ms, NULL, profile_id, session, conversation',
    `SELECT at_ms, profile_id, session, conversation, sums.* FROM (SELECT dimensions_id, min(bucket_ms) AS at_ms, ${QUARTER_SUMS} GROUP BY +dimensions_id) AS sums
     JOIN dimensions ON dimensions.id = dimensions_id`,
  ),
}
const HOURS = asText(
  'at_ms, NULL, profile_id, NULL, NULL',
  `SELECT min(hour_ms) AS at_ms, profile_id, ${sums} FROM profile_hour WHERE hour_ms >= ? AND hour_ms < ? GROUP BY profile_id`,
)

/** In the order of `SUMMED`. */
type Sums = [number, number, number, number, number, number, number, ...number[]]
type SummedRow = [
  atMs: number,
  billing: Billing,
  profileId: number | null,
  session: string | null,
  conversation: string | null,
  calls: number,
  refused: number,
  costNanos: number,
  ceilingNanos: number,
  uncachedInput: number,
  cacheRead: number,
  cacheWrite5m: number,
  cacheWrite1h: number,
  ...Sums,
]

interface CallRow extends DimensionsRow {
  admitted: number
  at_ms: number
}
