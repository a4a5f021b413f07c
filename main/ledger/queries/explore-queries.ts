import { profilesOf } from '../store/profiles.ts'
import type { SpendFilter } from '../../../shared/contract/explore.ts'
import type { ExploreCost, ExplorePart } from '../../core/ledger/reports/explore-report.ts'
import { fitsFilter, type ProfileFilter, splitFilter } from '../../core/ledger/reports/spend-filter.ts'
import type { Dimensions } from '../../core/policy/document/scope.ts'
import type { Database, SqlValue } from '../store/sqlite.ts'

/** Sums of spend for the screens that explore it: by profile from months of roll-ups, by session only where one is asked for. Nothing here writes. */

/** From a moment until before another, both on a quarter-hour. */
export type Span = readonly [sinceMs: number, untilMs: number]

/** Sums of calls that share a profile (and a session or conversation, where sums were asked for by one). */
export type SpanSums = ExplorePart

/** What a profile (or thread) cost in one of the spans. */
export type StepCost = ExploreCost

export type Thread = 'session' | 'conversation'

export interface SumsQuestion {
  filter: SpendFilter
  /** Sums by session or conversation as well. */
  thread?: Thread | null
  /** Words that all have to occur in a call's dimensions. */
  words?: readonly string[]
}

/** What was spent in a span, one sum for each profile (and thread); a profile may come in several parts. */
export function spanSums(database: Database, span: Span, question: SumsQuestion): SpanSums[] {
  const read = reader<SumsRow>(database, question, SUMMED, SUM_COLUMNS)
  const profiles = profilesOf(database)
  return read(span).map(
    ([id, thread, calls, refused, costNanos, ceilingNanos, inputTokens, cacheReadTokens, outputTokens]) => ({
      profile: profiles.get(id) ?? NO_DIMENSIONS,
      thread,
      calls,
      refused,
      costNanos,
      ceilingNanos,
      inputTokens,
      cacheReadTokens,
      outputTokens,
    }),
  )
}

/** What was spent in each of many spans: costs alone, because there may be tens of thousands of them. */
export function stepCosts(database: Database, spans: readonly Span[], question: SumsQuestion): StepCost[] {
  const read = reader<CostRow>(database, question, 'sum(cost_nanos) AS cost', 'cost')
  const profiles = profilesOf(database)
  return spans.flatMap((span, step) =>
    read(span).map(([id, thread, costNanos]) => ({
      step,
      profile: profiles.get(id) ?? NO_DIMENSIONS,
      thread,
      costNanos,
    })),
  )
}

/** What was spent in each of many spans, by whomever: of signed-in plans nothing, because they cost no money. */
export function stepTotals(database: Database, spans: readonly Span[], question: SumsQuestion): number[] {
  const profiles = profilesOf(database)
  const narrowed = narrow(profiles, question.filter, question.words ?? [])
  const totals = spans.map(() => 0)
  const add = (costs: readonly StepCost[]) => {
    for (const { step, profile, costNanos } of costs)
      if (profile.billing !== 'subscription') totals[step] = totals[step]! + costNanos
  }
  if (narrowed.isFine || narrowed.profileIds?.length === 0) {
    add(stepCosts(database, spans, question))
    return totals
  }
  const plans = [...profiles].filter(([, { billing }]) => billing === 'subscription').map(([id]) => id)
  const { sql, values } = profileSql(narrowed)
  const hours = database.prepare(
    `SELECT coalesce(sum(cost_nanos), 0) AS cost FROM profile_hour
     WHERE hour_ms >= ? AND hour_ms < ? ${sql} AND profile_id NOT IN (SELECT value FROM json_each(?))`,
  )
  const edges = spans.map(([sinceMs, untilMs]): [Span, Span, Span] => hoursWithin(sinceMs, untilMs))
  for (const [step, [, [firstMs, lastMs]]] of edges.entries())
    if (firstMs < lastMs) {
      const { cost } = hours.get(firstMs, lastMs, ...values, JSON.stringify(plans)) as { cost: number }
      totals[step] = totals[step]! + cost
    }
  for (const side of [0, 2] as const)
    add(
      stepCosts(
        database,
        edges.map((edge) => edge[side]),
        question,
      ),
    )
  return totals
}

const HOUR_MS = 3_600_000

/** A span in three: what is before its first whole hour, its whole hours, and what is after them. */
function hoursWithin(sinceMs: number, untilMs: number): [Span, Span, Span] {
  const firstMs = Math.min(untilMs, Math.ceil(sinceMs / HOUR_MS) * HOUR_MS)
  const lastMs = Math.max(firstMs, Math.floor(untilMs / HOUR_MS) * HOUR_MS)
  return [
    [sinceMs, firstMs],
    [firstMs, lastMs],
    [lastMs, untilMs],
  ]
}

const SUMMED = `sum(calls) AS calls, sum(refused) AS refused, sum(cost_nanos) AS cost, sum(ceiling_nanos) AS ceiling,
  sum(uncached_input + cache_read + cache_write_5m + cache_write_1h) AS input, sum(cache_read) AS cache_read, sum(output) AS output`
const SUM_COLUMNS = 'calls, refused, cost, ceiling, input, cache_read, output'

type SumsRow = readonly [number, string | null, number, number, number, number, number, number, number]
type CostRow = readonly [number, string | null, number]

/** So few profiles are named to SQLite one by one. */
const FEW_PROFILES = 400

/** Reads a span: whole hours from the sums by profile, where profiles can tell, and its edges from quarter-hours. */
function reader<Row extends readonly [number, ...unknown[]]>(
  database: Database,
  question: SumsQuestion,
  sums: string,
  columns: string,
): (span: Span) => Row[] {
  const narrowed = narrow(profilesOf(database), question.filter, question.words ?? [])
  if (narrowed.profileIds?.length === 0) return () => []
  const { thread = null } = question
  // Rows as one text: making an object of each takes some runtimes ten times as long as all the rest.
  const textOf = (from: string, values: readonly SqlValue[]) => {
    const statement = database.prepare(
      `SELECT json_group_array(json_array(profile_id, thread, ${columns})) AS text FROM (${from})`,
    )
    return ([sinceMs, untilMs]: Span): Row[] =>
      sinceMs < untilMs
        ? (JSON.parse((statement.get(sinceMs, untilMs, ...values) as { text: string }).text) as Row[])
        : []
  }
  const fine = fineSql(narrowed, thread, sums)
  const readFine = textOf(fine.sql, fine.values)
  if (thread !== null || narrowed.isFine) return readFine
  // Very many profiles are told apart here: handing them to SQLite with every span costs more than reading all.
  const many = narrowed.profileIds !== null && narrowed.profileIds.length > FEW_PROFILES
  const wanted = many ? new Set(narrowed.profileIds) : null
  const profile = many ? { sql: '', values: [] } : profileSql(narrowed)
  const readHours = textOf(
    `SELECT profile_id, NULL AS thread, ${sums} FROM profile_hour WHERE hour_ms >= ? AND hour_ms < ? ${profile.sql} GROUP BY profile_id`,
    profile.values,
  )
  return ([sinceMs, untilMs]) => {
    const [before, hours, after] = hoursWithin(sinceMs, untilMs)
    const whole = readHours(hours)
    return [...readFine(before), ...(wanted ? whole.filter(([id]) => wanted.has(id)) : whole), ...readFine(after)]
  }
}

/** Quarter-hours, by set of dimensions: of the few that a session has, or else of all that were used in that time. */
function fineSql(narrowed: Narrowed, thread: Thread | null, sums: string): { sql: string; values: SqlValue[] } {
  const { sql, values } = dimensionsSql(narrowed)
  const threadColumn = thread === null ? 'NULL' : threadSql(thread)
  if (narrowed.threads.length > 0) {
    return {
      sql: `SELECT profile_id, ${threadColumn} AS thread, ${sums} FROM dimensions CROSS JOIN rollup ON dimensions_id = dimensions.id
        WHERE bucket_ms >= ? AND bucket_ms < ? ${sql} GROUP BY dimensions.id`,
      values,
    }
  }
  return {
    sql: `SELECT profile_id, ${threadColumn} AS thread, sums.* FROM (
        SELECT dimensions_id, ${sums} FROM rollup WHERE bucket_ms >= ? AND bucket_ms < ? GROUP BY +dimensions_id
      ) AS sums CROSS JOIN dimensions ON dimensions.id = dimensions_id WHERE true ${sql}`,
    values,
  }
}

const NO_DIMENSIONS: Dimensions = { billing: 'metered', values: {} }

/** Which profiles and dimensions a filter leaves. */
interface Narrowed {
  /** Null: all of them. */
  profileIds: number[] | null
  threads: ProfileFilter['threads']
  /** Each with the profiles that it occurs in: it may stand in a call's session or conversation as well. */
  words: readonly { word: string; profileIds: number[] }[]
  /** Profiles alone cannot tell. */
  isFine: boolean
}

function narrow(profiles: ReadonlyMap<number, Dimensions>, filter: SpendFilter, words: readonly string[]): Narrowed {
  const { profile, threads } = splitFilter(filter)
  const profileIds =
    Object.keys(profile).length === 0
      ? null
      : [...profiles].filter(([, dimensions]) => fitsFilter(dimensions, profile)).map(([id]) => id)
  const places = words.map((given) => {
    const word = given.toLowerCase()
    const found = [...profiles].filter(([, { values }]) =>
      Object.values(values).some((value) => value.toLowerCase().includes(word)),
    )
    return { word, profileIds: found.map(([id]) => id) }
  })
  return { profileIds, threads, words: places, isFine: threads.length > 0 || words.length > 0 }
}

/** The session that a call counts to, or its conversation. */
function threadSql(name: Thread): string {
  return name === 'session' ? 'coalesce(dimensions.session, dimensions.conversation)' : 'dimensions.conversation'
}

function profileSql({ profileIds }: Narrowed): { sql: string; values: SqlValue[] } {
  if (profileIds === null) return { sql: '', values: [] }
  return { sql: 'AND profile_id IN (SELECT value FROM json_each(?))', values: [JSON.stringify(profileIds)] }
}

function dimensionsSql(narrowed: Narrowed): { sql: string; values: SqlValue[] } {
  const { sql, values } = profileSql(narrowed)
  const parts = [sql]
  for (const { name, values: wanted } of narrowed.threads) {
    const named = wanted.filter((value) => value !== null)
    const orNone = wanted.includes(null) ? ` OR ${threadSql(name)} IS NULL` : ''
    const isNamed = (column: string) => `dimensions.${column} IN (SELECT value FROM json_each(?))`
    // A call without a session is a session of its conversation's own: two look-ups by index, instead of one by none.
    const orOwn = name === 'session' ? ` OR (dimensions.session IS NULL AND ${isNamed('conversation')})` : ''
    parts.push(`AND (${isNamed(name)}${orOwn}${orNone})`)
    values.push(JSON.stringify(named))
    if (orOwn) values.push(JSON.stringify(named))
  }
  for (const { word, profileIds } of narrowed.words) {
    parts.push(
      `AND (profile_id IN (SELECT value FROM json_each(?)) OR instr(lower(dimensions.session), ?) > 0 OR instr(lower(dimensions.conversation), ?) > 0)`,
    )
    values.push(JSON.stringify(profileIds), word, word)
  }
  return { sql: parts.join(' '), values }
}

/** A condition on `dimensions_id` for a filter; null where it lets all calls pass. `fewIds`: those left, where they are few. */
export function dimensionsCondition(
  database: Database,
  filter: SpendFilter,
  words: readonly string[],
): { ids: number[] | null; isNothing: boolean } {
  const narrowed = narrow(profilesOf(database), filter, words)
  if (narrowed.profileIds?.length === 0) return { ids: [], isNothing: true }
  if (narrowed.profileIds === null && !narrowed.isFine) return { ids: null, isNothing: false }
  const { sql, values } = dimensionsSql(narrowed)
  const rows = database.prepare(`SELECT id FROM dimensions WHERE true ${sql}`).all(...values) as {
    id: number
  }[]
  return { ids: rows.map(({ id }) => id), isNothing: rows.length === 0 }
}
