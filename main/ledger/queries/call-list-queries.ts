import type { CallRecord, CallState } from '../../../shared/calls/call.ts'
import type { SpendFilter } from '../../../shared/contract/explore.ts'
import { dimensionsCondition } from './explore-queries.ts'
import { BEFORE_ADMISSION_MS } from './call-queries.ts'
import { REFUSED, stateNumber } from '../rows/numbers.ts'
import { readRecord, RECORD } from '../store/read-rows.ts'
import type { Database, SqlValue } from '../store/sqlite.ts'

/** Lists of calls: found by index alone, and only the rows that are shown are read. Nothing here writes. */

export interface CallListFilter {
  sinceMs: number
  untilMs: number
  filter: SpendFilter
  words: readonly string[]
  states: readonly CallState[] | null
  sort: 'time' | 'cost' | 'tokens'
  ascending: boolean
  offset: number
  limit: number
}

const SORT_COLUMNS = { time: 'started_ms', cost: 'cost_nanos', tokens: 'tokens' } as const

/** So few sets of dimensions are looked up one by one; of more, all calls of that time are looked through. */
const FEW_DIMENSIONS = 400

/** From here on the costliest calls are looked for from the top; in a shorter time, those of that time are sorted. */
const WIDE_MS = 14 * 86_400_000

/** Calls that were admitted (or else began) in a stretch of time, as reports count them. */
export function listCalls(database: Database, question: CallListFilter): CallRecord[] {
  const { sinceMs, untilMs, filter, words, states, sort, ascending, offset, limit } = question
  const { ids, isNothing } = dimensionsCondition(database, filter, words)
  if (isNothing) return []
  const isFew = ids !== null && ids.length <= FEW_DIMENSIONS
  const values: SqlValue[] = [sinceMs - BEFORE_ADMISSION_MS, untilMs, sinceMs, untilMs]
  const conditions = [
    'started_ms >= ? AND started_ms < ?',
    'coalesce(admitted_ms, started_ms) >= ? AND coalesce(admitted_ms, started_ms) < ?',
  ]
  if (ids !== null) {
    conditions.push(`${isFew ? '' : '+'}dimensions_id IN (SELECT value FROM json_each(?))`)
    values.push(JSON.stringify(ids))
  }
  // Refused calls are few, and have an index of their own.
  const isRefused = ids === null && states?.length === 1 && states[0] === 'refused'
  if (isRefused) conditions.push(`state = ${REFUSED}`)
  else if (states !== null) {
    // Kept apart from its own index, which knows of no time.
    conditions.push('+state IN (SELECT value FROM json_each(?))')
    values.push(JSON.stringify(states.map(stateNumber)))
  }
  const order = ascending ? 'ASC' : 'DESC'
  const index = isFew
    ? 'call_by_dimensions'
    : isRefused
      ? 'call_refused'
      : sort === 'cost' && !ascending && untilMs - sinceMs > WIDE_MS
        ? 'call_by_cost'
        : 'call_by_start'
  const sorted = sort === 'time' ? '' : `${SORT_COLUMNS[sort]} ${order}, `
  const found = database
    .prepare(
      `SELECT n FROM call INDEXED BY ${index} WHERE ${conditions.join(' AND ')}
       ORDER BY ${sorted}started_ms ${order}, n ${order} LIMIT ? OFFSET ?`,
    )
    .all(...values, limit, offset) as { n: number }[]
  return readCalls(
    database,
    found.map(({ n }) => n),
  )
}

/** Some calls by their numbers, in that order. */
export function readCalls(database: Database, numbers: readonly number[]): CallRecord[] {
  const statement = database.prepare(`SELECT ${RECORD} FROM call WHERE n = ?`)
  return numbers.flatMap((n) => {
    const row = statement.get(n)
    return row ? [readRecord(database, row)] : []
  })
}

/** A conversation's calls, oldest first: of very many the newest, and how many there are before them. */
export function callsOfConversation(
  database: Database,
  conversation: string,
  limit: number,
): { calls: CallRecord[]; earlier: number } {
  const found = database
    .prepare(
      `SELECT call.n FROM dimensions CROSS JOIN call INDEXED BY call_by_dimensions ON dimensions_id = dimensions.id
       WHERE dimensions.conversation = ? ORDER BY started_ms DESC, n DESC`,
    )
    .all(conversation) as { n: number }[]
  const numbers = found.slice(0, limit).map(({ n }) => n)
  return { calls: readCalls(database, numbers).reverse(), earlier: Math.max(0, found.length - limit) }
}

/** The last turn of each of some conversations: what they carry now. */
export function lastTurns(database: Database, conversations: readonly string[]): Map<string, CallRecord> {
  const statement = database.prepare(
    `SELECT call.n FROM dimensions CROSS JOIN profile ON profile.id = profile_id
       CROSS JOIN call INDEXED BY call_by_dimensions ON dimensions_id = dimensions.id
     WHERE dimensions.conversation = ? AND tokens > 0 AND profile.body ->> '$.values.kind' NOT IN ('auxiliary', 'retrieval')
     ORDER BY started_ms DESC LIMIT 1`,
  )
  const last = new Map<string, CallRecord>()
  for (const conversation of conversations) {
    const row = statement.get(conversation) as { n: number } | undefined
    const [record] = row ? readCalls(database, [row.n]) : []
    if (record) last.set(conversation, record)
  }
  return last
}

/** The newest calls of some profiles that used anything: those that were answered. */
export function lastCallsOfProfiles(
  database: Database,
  profileIds: readonly number[],
  sinceMs: number,
  limit: number,
): CallRecord[] {
  const found = database
    .prepare(
      `SELECT call.n FROM call INDEXED BY call_by_start WHERE started_ms >= ? AND tokens > 0
         AND dimensions_id IN (SELECT id FROM dimensions WHERE profile_id IN (SELECT value FROM json_each(?)))
       ORDER BY started_ms DESC LIMIT ?`,
    )
    .all(sinceMs, JSON.stringify(profileIds), limit) as { n: number }[]
  return readCalls(
    database,
    found.map(({ n }) => n),
  )
}

/** What a conversation's calls came to in a stretch of time. */
export interface ConversationSums {
  conversation: string
  dimensionsId: number
  calls: number
  turns: number
  refused: number
  costNanos: number
  inputTokens: number
  cacheReadTokens: number
  lastBucketMs: number
}

/** Conversations with calls in a stretch of time, from whole quarter-hours. */
export function conversationSums(database: Database, sinceMs: number, untilMs: number): ConversationSums[] {
  const { text } = database
    .prepare(
      `SELECT json_group_array(json_array(conversation, dimensions_id, kind, calls, refused, cost, input, cache_read, last)) AS text FROM (
         SELECT conversation, dimensions_id, profile.body ->> '$.values.kind' AS kind, sums.* FROM (
           SELECT dimensions_id, sum(calls) AS calls, sum(refused) AS refused, sum(cost_nanos) AS cost,
             sum(uncached_input + cache_read + cache_write_5m + cache_write_1h) AS input, sum(cache_read) AS cache_read, max(bucket_ms) AS last
           FROM rollup WHERE bucket_ms >= ? AND bucket_ms < ? GROUP BY +dimensions_id
         ) AS sums CROSS JOIN dimensions ON dimensions.id = dimensions_id CROSS JOIN profile ON profile.id = profile_id WHERE conversation IS NOT NULL)`,
    )
    .get(sinceMs, untilMs) as { text: string }
  const byId = new Map<string, ConversationSums>()
  for (const [id, dimensionsId, kind, calls, refused, cost, input, cacheRead, last] of JSON.parse(text) as SumsRow[]) {
    const sums = byId.get(id) ?? {
      conversation: id,
      dimensionsId,
      calls: 0,
      turns: 0,
      refused: 0,
      costNanos: 0,
      inputTokens: 0,
      cacheReadTokens: 0,
      lastBucketMs: last,
    }
    byId.set(id, sums)
    sums.calls += calls
    sums.turns += kind === 'auxiliary' || kind === 'retrieval' ? 0 : calls
    sums.refused += refused
    sums.costNanos += cost
    sums.inputTokens += input
    sums.cacheReadTokens += cacheRead
    sums.lastBucketMs = Math.max(sums.lastBucketMs, last)
  }
  return [...byId.values()]
}

type SumsRow = [string, number, string | null, number, number, number, number, number, number]
