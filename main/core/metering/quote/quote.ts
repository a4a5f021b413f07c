import type { Priced } from '../../../../shared/calls/call.ts'
import { MAX_NANOS, type UsdNanos } from '../../../../shared/values/money.ts'

/**
 * A call's size and cost before it is sent. Output is priced linearly at the rate that holds for this input, so a
 * hold for n output tokens is `inputNanos + n × outputNanosPerMillion / 1e6`, rounded up.
 */
export interface Quote {
  inputTokens: number
  /** The same as the highest count seen lately would have it. */
  worstInputTokens: number
  /** That input without any cache discount; cache writes as marked, where they cost more than fresh input. */
  worstInputNanos: UsdNanos
  /** Input with the cache reads that the last turn and this model's recent reports let us expect. */
  expectedInputNanos: UsdNanos
  expectedCacheReadTokens: number
  /** What the cache could hold by its provider's rules, whether it does or not. */
  readableTokens: number
  outputNanosPerMillion: UsdNanos
  /** The most output it may make: the request's own maximum, else the model's, times its choices. */
  worstOutputTokens: number
  /** Learned for this model and kind of call, else a default; never above the worst. */
  expectedOutputTokens: number
  /** The longest answer that is usual for this model and kind (p99 of what was learned), for one choice. */
  highOutputTokens: number
  /** Whether expected and high were learned from enough calls to be trusted. */
  typical: boolean
  /** Whether the request named its own maximum (a clamp of those is a last resort). */
  hasOwnMaximum: boolean
  /** For one choice: below this a clamp buys nothing. */
  minOutputTokens: number
  choices: number
  output: 'visible' | 'hidden' | 'none'
  /** The body must not be edited (it is signed), so no clamp is possible. */
  sealed: boolean
  /** Tokens a stream may run ahead of what we have seen: learned chunk size and abort delay. */
  marginTokens: number
  priced: Priced
  priceVersion: string
  contextWindow: number | null
}

/** Cost of `tokens` at a rate in nano-dollars per million tokens, rounded up to the nano-dollar, at most `MAX_NANOS`. */
export function tokensCost(tokens: number, nanosPerMillion: UsdNanos): UsdNanos {
  const product = BigInt(tokens) * BigInt(nanosPerMillion)
  return Math.min(Number((product + 999_999n) / 1_000_000n), MAX_NANOS)
}

/** How many whole tokens `amount` pays for; Infinity when they are free. */
export function tokensFor(amount: UsdNanos, nanosPerMillion: UsdNanos): number {
  if (amount < 0) return 0
  if (nanosPerMillion === 0) return Number.POSITIVE_INFINITY
  return Number((BigInt(amount) * 1_000_000n) / BigInt(nanosPerMillion))
}
