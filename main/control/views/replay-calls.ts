import type { CallRecord } from '../../../shared/calls/call.ts'
import type { Replay } from '../../../shared/rules/replay.ts'
import type { RuleBase } from '../../../shared/rules/policy.ts'
import { windowAt } from '../../../shared/values/time-window.ts'
import { NO_USAGE } from '../../../shared/calls/usage.ts'
import { budgetDefinitions } from '../../core/ledger/balances/budget-definitions.ts'
import { RuleReplay } from '../../core/policy/replay/replay.ts'
import { ReplayCount } from '../../core/policy/replay/replay-tally.ts'
import { priceUsage } from '../../core/pricing/rates/price-usage.ts'
import type { PriceBook } from '../../core/pricing/rates/rate-card.ts'
import { type CallPlace, callPage, countCalls } from '../../ledger/queries/call-queries.ts'
import type { Database } from '../../ledger/store/sqlite.ts'

export interface ReplayQuestion {
  rules: readonly RuleBase[]
  timeZone: string
  sinceMs: number
  untilMs: number
  prices: PriceBook
  /** Called now and then with how many of how many calls were looked at. */
  onProgress?: (done: number, total: number) => void
  signal?: AbortSignal
}

/** How far back a cap is tried out where nothing else is said. */
export const REPLAY_MS = 30 * 86_400_000

/** Calls looked at in one go: some ten milliseconds. Between two goes a gateway serves its calls. */
const PAGE = 250

/** A refused call would have made this much output at least: below it the gateway clamps no call. */
const LEAST_OUTPUT_TOKENS = 256

/**
 * What rules would have done over a stretch of the ledger. Changes nothing. Calls from before it are looked at as far
 * as a window of the rules reaches back, and counted in none of the sums.
 */
export async function replayCalls(database: Database, question: ReplayQuestion): Promise<Replay> {
  const { rules, timeZone, sinceMs, untilMs, prices, onProgress, signal } = question
  const replay = new RuleReplay({ rules, timeZone, leastCost: (record) => leastCost(prices, record) })
  const count = new ReplayCount(rules, { sinceMs, untilMs, timeZone })
  const fromMs = Math.min(
    sinceMs,
    ...budgetDefinitions(rules).map(({ period }) => windowAt(period, timeZone, sinceMs).startMs),
  )
  const total = onProgress ? countCalls(database, fromMs, untilMs) : 0
  let done = 0
  let place: CallPlace | null = { startedMs: fromMs, n: 0 }
  while (place && !signal?.aborted) {
    const page = callPage(database, place, untilMs, PAGE)
    for (const record of page.records) {
      const replayed = replay.add(record)
      if (replayed) count.add(replayed)
    }
    done += page.records.length
    onProgress?.(done, total)
    place = page.next
    await new Promise((resolve) => setImmediate(resolve))
  }
  return count.result()
}

/** What a call that was refused would have cost at least: its input, and the shortest answer. */
function leastCost(prices: PriceBook, record: CallRecord): number {
  if (record.billing === 'local') return 0
  const inputTokens = record.contextTokens ?? 0
  const { rates } = prices.rateCard({
    provider: record.provider,
    model: record.requestModel,
    atMs: Date.parse(record.startedAt),
    inputTokens,
    serviceTier: null,
    batch: false,
  })
  return priceUsage(rates, { ...NO_USAGE, uncachedInput: inputTokens, output: LEAST_OUTPUT_TOKENS })
}
