import type { CallRecord } from '../../../shared/calls/call.ts'
import type { UsdNanos } from '../../../shared/values/money.ts'
import { NO_USAGE } from '../../../shared/calls/usage.ts'
import { ROLLUP_STEP_MS, rollupStepOf } from '../../core/ledger/reports/rollup.ts'
import type { SpendPart } from '../../core/ledger/reports/spend-report.ts'
import type { Dimensions } from '../../core/policy/document/scope.ts'
import { BEFORE_ADMISSION_MS } from './call-queries.ts'
import { dimensionsReader, readRecord, RECORD } from '../store/read-rows.ts'
import type { Database } from '../store/sqlite.ts'

/** Sums of spend: whole quarter-hours from the roll-up, the edges of the time asked for from single calls. Nothing here writes. */

/** Closed calls that were admitted from `sinceMs` until before `untilMs`; split by quarter-hour where `byTime` asks for it. */
export function spendParts(database: Database, sinceMs: number, untilMs: number, byTime: boolean): SpendPart[] {
  const firstWhole = Math.ceil(sinceMs / ROLLUP_STEP_MS) * ROLLUP_STEP_MS
  const lastWhole = Math.floor(untilMs / ROLLUP_STEP_MS) * ROLLUP_STEP_MS
  if (firstWhole >= lastWhole) return [...callParts(database, sinceMs, untilMs)]
  return [
    ...callParts(database, sinceMs, firstWhole),
    ...rollupParts(database, firstWhole, lastWhole, byTime),
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
  const [table, id] = byThread ? ['dimensions', 'dimensions_id'] : ['profile', 'profile_id']
  const rows = database
    .prepare(
      `SELECT ${table}.body AS body, nanos FROM (
         SELECT ${id} AS id, sum(cost_nanos) AS nanos FROM call JOIN dimensions ON dimensions.id = dimensions_id
         WHERE started_ms >= ? AND admitted_ms >= ? AND cost_nanos > 0 GROUP BY ${id}
       ) AS sums JOIN ${table} ON ${table}.id = sums.id`,
    )
    .all(sinceMs - BEFORE_ADMISSION_MS, sinceMs) as { body: string; nanos: number }[]
  const read = dimensionsReader(database)
  return rows
    .map((row) => ({ dimensions: read(row.body), nanos: row.nanos }))
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
      `SELECT ${RECORD} FROM call WHERE started_ms >= ? AND state = 'refused' ORDER BY started_ms DESC, seq DESC LIMIT ?`,
    )
    .all(sinceMs, limit)
  return rows.map((row) => readRecord(database, row)).reverse()
}

function* rollupParts(database: Database, sinceMs: number, untilMs: number, byTime: boolean): Iterable<SpendPart> {
  const sums = SUMMED.map((column) => `sum(${column}) AS ${column}`).join(', ')
  // By time nobody asks who it was: one row a quarter-hour, model and way of billing, instead of one for each set of dimensions.
  const [body, group, from] = byTime
    ? [
        "json_object('billing', profile.body ->> '$.billing', 'values', json_patch('{}', json_object('model', profile.body ->> '$.values.model')))",
        "bucket_ms, profile.body ->> '$.billing', profile.body ->> '$.values.model'",
        'dimensions ON dimensions.id = dimensions_id JOIN profile ON profile.id = profile_id',
      ]
    : ['body', 'dimensions_id', 'dimensions ON dimensions.id = dimensions_id']
  const rows = database
    .prepare(
      `SELECT min(bucket_ms) AS at_ms, ${body} AS body, ${sums} FROM rollup JOIN ${from}
       WHERE bucket_ms >= ? AND bucket_ms < ? GROUP BY ${group}`,
    )
    .iterate(sinceMs, untilMs) as Iterable<RollupRow>
  const read = dimensionsReader(database)
  for (const row of rows) {
    yield {
      atMs: row.at_ms,
      dimensions: read(row.body),
      calls: row.calls,
      refused: row.refused,
      costNanos: row.cost_nanos,
      ceilingNanos: row.ceiling_nanos,
      usage: {
        uncachedInput: row.uncached_input,
        cacheRead: row.cache_read,
        cacheWrite5m: row.cache_write_5m,
        cacheWrite1h: row.cache_write_1h,
        output: row.output,
        reasoning: row.reasoning,
        audioInput: row.audio_input,
        audioOutput: row.audio_output,
        imageInput: row.image_input,
        imageOutput: row.image_output,
        source: row.estimated > 0 ? 'estimated' : 'reported',
      },
    }
  }
}

function* callParts(database: Database, sinceMs: number, untilMs: number): Iterable<SpendPart> {
  if (sinceMs >= untilMs) return
  const rows = database
    .prepare(
      `SELECT coalesce(admitted_ms, started_ms) AS at_ms, admitted_ms IS NOT NULL AS admitted, body, ${RECORD}
       FROM call JOIN dimensions ON dimensions.id = dimensions_id
       WHERE started_ms >= ? AND started_ms < ? AND coalesce(admitted_ms, started_ms) >= ? AND coalesce(admitted_ms, started_ms) < ?`,
    )
    .iterate(sinceMs - BEFORE_ADMISSION_MS, untilMs, sinceMs, untilMs) as Iterable<CallRow>
  const read = dimensionsReader(database)
  for (const row of rows) {
    const step = rollupStepOf(readRecord(database, row), row.admitted === 1)
    if (step) yield { ...step, atMs: row.at_ms, dimensions: read(row.body), usage: step.usage ?? NO_USAGE }
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

type RollupRow = Record<(typeof SUMMED)[number], number> & { at_ms: number; body: string }

interface CallRow {
  admitted: number
  at_ms: number
  body: string
}
