import type { Billing, CallRecord } from '../../../shared/calls/call.ts'
import type { UsdNanos } from '../../../shared/values/money.ts'
import { NO_USAGE } from '../../../shared/calls/usage.ts'
import { ROLLUP_STEP_MS, rollupStepOf } from '../../core/ledger/reports/rollup.ts'
import type { SpendPart } from '../../core/ledger/reports/spend-report.ts'
import type { Dimensions } from '../../core/policy/document/scope.ts'
import { BEFORE_ADMISSION_MS } from './call-queries.ts'
import { REFUSED } from '../rows/numbers.ts'
import { profilesOf } from '../store/profiles.ts'
import { DIMENSIONS, dimensionsReader, type DimensionsRow, readRecord, RECORD } from '../store/read-rows.ts'
import type { Database } from '../store/sqlite.ts'

/** Sums of spend: whole quarter-hours from the roll-up, the edges of the time asked for from single calls. Nothing here writes. */

/** What sums are kept apart by: their quarter-hours or hours, their profiles, or sessions and conversations as well. */
export type SpendGrain = 'quarter' | 'hour' | 'profile' | 'thread'

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
      `SELECT profile_id, ${thread}, sum(cost_nanos) AS nanos FROM call INDEXED BY call_by_start CROSS JOIN dimensions ON dimensions.id = dimensions_id
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

/** What metered calls cost in each quarter-hour (or each hour) that has any, oldest first. */
export function spendBySteps(
  database: Database,
  sinceMs: number,
  untilMs: number,
  step: 'quarter' | 'hour' = 'quarter',
): { atMs: number; nanos: number }[] {
  const from =
    step === 'hour'
      ? 'SELECT hour_ms AS at_ms, cost_nanos, profile_id FROM profile_hour WHERE hour_ms >= ? AND hour_ms < ?'
      : `SELECT bucket_ms AS at_ms, cost_nanos, ${PROFILE_OF} FROM rollup WHERE bucket_ms >= ? AND bucket_ms < ?`
  const [plans, local] = unmetered(database)
  const isMetered = ['?', '?'].map((ids) => `profile_id NOT IN (SELECT value FROM json_each(${ids}))`).join(' AND ')
  const { text } = database
    .prepare(
      `SELECT json_group_array(json_array(at_ms, nanos)) AS text FROM (
         SELECT at_ms, sum(cost_nanos) AS nanos FROM (${from}) WHERE ${isMetered} GROUP BY at_ms ORDER BY at_ms)`,
    )
    .get(sinceMs, untilMs, plans, local) as { text: string }
  return (JSON.parse(text) as [number, number][]).map(([atMs, nanos]) => ({ atMs, nanos }))
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

/** Whole hours have sums of their own, without sessions and conversations; what is before the first and after the last comes from quarter-hours. */
function* rollupParts(database: Database, sinceMs: number, untilMs: number, grain: SpendGrain): Iterable<SpendPart> {
  const [quarters, hours] = GRAINS[grain]
  if (hours === null) {
    yield* summedParts(database, quarters, sinceMs, untilMs)
    return
  }
  const firstHourMs = Math.min(untilMs, Math.ceil(sinceMs / HOUR_MS) * HOUR_MS)
  const lastHourMs = Math.max(firstHourMs, Math.floor(untilMs / HOUR_MS) * HOUR_MS)
  yield* summedParts(database, quarters, sinceMs, firstHourMs)
  yield* summedParts(database, hours, firstHourMs, lastHourMs)
  yield* summedParts(database, quarters, lastHourMs, untilMs)
}

/** Profiles of signed-in plans, and of local models: few, where the others are many. */
function unmetered(database: Database): [plans: string, local: string] {
  const profiles = [...profilesOf(database)]
  const of = (billing: Billing) =>
    JSON.stringify(profiles.filter(([, dimensions]) => dimensions.billing === billing).map(([id]) => id))
  return [of('subscription'), of('local')]
}

function* summedParts(database: Database, sql: string, sinceMs: number, untilMs: number): Iterable<SpendPart> {
  if (sinceMs >= untilMs) return
  const billed = sql.includes('?3') ? unmetered(database) : []
  const { text } = database.prepare(sql).get(sinceMs, untilMs, ...billed) as { text: string }
  const read = dimensionsReader(database)
  for (const [atMs, billing, model, profileId, session, conversation, ...sums] of JSON.parse(text) as SummedRow[]) {
    const [calls, refused, costNanos, ceilingNanos, uncachedInput, cacheRead, cacheWrite5m, cacheWrite1h] = sums
    const [output, reasoning, audioInput, audioOutput, imageInput, imageOutput, estimated] = sums.slice(8) as Sums
    yield {
      atMs,
      dimensions:
        profileId === null
          ? { billing, values: model === null ? {} : { model } }
          : read({ profile_id: profileId, session, conversation }),
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
       FROM call INDEXED BY call_by_start CROSS JOIN dimensions ON dimensions.id = dimensions_id
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

/** By time nobody asks who it was: one row for each model and way of billing, whose profiles are `?3` and `?4`. */
const BILLING = `CASE WHEN profile_id IN (SELECT value FROM json_each(?3)) THEN 'subscription'
  WHEN profile_id IN (SELECT value FROM json_each(?4)) THEN 'local' ELSE 'metered' END AS billing`
const MODEL_OF = "(SELECT body ->> '$.values.model' FROM profile WHERE profile.id = profile_id) AS model"
const PROFILE_OF = '(SELECT profile_id FROM dimensions WHERE dimensions.id = dimensions_id) AS profile_id'

/** For each grain, the sums of quarter-hours from `?1` until before `?2`, and those of hours where there are any. */
const GRAINS: Record<SpendGrain, readonly [quarters: string, hours: string | null]> = {
  quarter: [
    byTime(`SELECT *, bucket_ms AS at_ms, ${PROFILE_OF} FROM rollup WHERE bucket_ms >= ?1 AND bucket_ms < ?2`),
    null,
  ],
  hour: [
    byTime(`SELECT *, bucket_ms AS at_ms, ${PROFILE_OF} FROM rollup WHERE bucket_ms >= ?1 AND bucket_ms < ?2`),
    byTime('SELECT *, hour_ms AS at_ms FROM profile_hour WHERE hour_ms >= ?1 AND hour_ms < ?2'),
  ],
  profile: [
    byDimensions('NULL AS session, NULL AS conversation'),
    asText(
      'at_ms, NULL, NULL, profile_id, NULL, NULL',
      `SELECT min(hour_ms) AS at_ms, profile_id, ${sums} FROM profile_hour WHERE hour_ms >= ?1 AND hour_ms < ?2 GROUP BY profile_id`,
    ),
  ],
  thread: [byDimensions('session, conversation'), null],
}

function byTime(from: string): string {
  return asText(
    'at_ms, billing, model, NULL, NULL, NULL',
    `SELECT at_ms, ${BILLING}, ${MODEL_OF}, ${sums} FROM (${from}) GROUP BY at_ms, billing, model`,
  )
}

function byDimensions(thread: string): string {
  return asText(
    'at_ms, NULL, NULL, profile_id, session, conversation',
    `SELECT at_ms, profile_id, ${thread}, sums.* FROM (
       SELECT dimensions_id, min(bucket_ms) AS at_ms, ${sums} FROM rollup WHERE bucket_ms >= ?1 AND bucket_ms < ?2 GROUP BY +dimensions_id
     ) AS sums CROSS JOIN dimensions ON dimensions.id = dimensions_id`,
  )
}

/** Rows as one text: making an object of each takes some runtimes ten times as long as all the rest. */
function asText(columns: string, from: string): string {
  return `SELECT json_group_array(json_array(${columns}, ${names})) AS text FROM (${from})`
}

/** In the order of `SUMMED`. */
type Sums = [number, number, number, number, number, number, number, ...number[]]
type SummedRow = [
  atMs: number,
  billing: Billing,
  model: string | null,
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
