import type { CacheMiss } from '../../../shared/calls/call.ts'
import { exactUsd } from '../../../shared/values/money.ts'
import { contextTokens, type Usage } from '../../../shared/calls/usage.ts'
import type { RecentCall } from '../policy/decision/facts.ts'
import { priceUsage } from '../pricing/rates/price-usage.ts'
import type { Rates } from '../pricing/rates/rate-card.ts'
import type { PromptMessage } from '../providers/types/provider.ts'

export interface CacheMissFacts {
  /** Calls of the same conversation, oldest first; those that are open (this one is) say nothing yet. */
  earlier: readonly RecentCall[]
  model: string | null
  messages: readonly Pick<PromptMessage, 'role'>[]
  fingerprints: readonly string[]
  /** As the provider reported it; an estimate says nothing of the cache. */
  usage: Usage
  rates: Rates
  startedAtMs: number
}

/** Less than this is not worth a word: no provider caches shorter prefixes. */
const MIN_MISSED_TOKENS = 1_024
/** Providers read whole blocks and drop the last ones now and then. */
const READ_SHARE = 0.9
/** How long a prefix is kept after its last use, where nobody paid for longer. */
const KEPT_MS = 5 * 60_000
const KEPT_LONG_MS = 60 * 60_000
/** Earlier turns that are looked at: threads of one conversation that run beside each other are fewer. */
const MAX_COMPARED = 30
/** Of the earlier prompt, the share of messages that stand where they stood: below it, this is another prompt. */
const KIN_SHARE = 0.5

/**
 * What was in the provider's cache after an earlier turn and was paid for again: how much, why, and which message broke
 * the prefix. Null when the cache held, or when there was nothing in it. The newest turn whose prompt this one still
 * resembles is the one that it should have continued, so that an agent's threads are not held against each other.
 */
export function cacheMissOf(facts: CacheMissFacts): CacheMiss | null {
  const { usage, rates } = facts
  if (usage.source !== 'reported') return null
  const before = earlierTurn(facts)
  if (!before?.cachedTokens) return null
  const held = Math.min(before.cachedTokens, contextTokens(usage) - 1)
  const missed = held - usage.cacheRead
  if (missed < MIN_MISSED_TOKENS || usage.cacheRead >= held * READ_SHARE) return null
  const costNanos = priceUsage(rates, usage) - priceUsage(rates, asRead(usage, missed))
  if (costNanos <= 0) return null
  const broken = before.messageFingerprints.findIndex((fingerprint, index) => facts.fingerprints[index] !== fingerprint)
  return {
    tokens: missed,
    costUsd: exactUsd(costNanos),
    cause: causeOf(before, facts, broken),
    message: broken < 0 ? null : { index: broken, role: facts.messages[broken]?.role ?? null },
    callId: before.callId,
  }
}

function earlierTurn(facts: CacheMissFacts): RecentCall | null {
  for (const call of facts.earlier.slice(-MAX_COMPARED).reverse()) {
    if (!call.open && call.cachedTokens !== undefined && isKin(call, facts)) return call
  }
  return null
}

function isKin({ messageFingerprints }: RecentCall, { fingerprints }: CacheMissFacts): boolean {
  if (messageFingerprints.length === 0) return false
  const same = messageFingerprints.filter((fingerprint, index) => fingerprints[index] === fingerprint).length
  return same >= messageFingerprints.length * KIN_SHARE
}

/** The usage as it would have been: what was written again, or else paid in full, read instead. */
function asRead(usage: Usage, tokens: number): Usage {
  const write1h = Math.min(usage.cacheWrite1h, tokens)
  const write5m = Math.min(usage.cacheWrite5m, tokens - write1h)
  const fresh = Math.min(usage.uncachedInput, tokens - write1h - write5m)
  return {
    ...usage,
    uncachedInput: usage.uncachedInput - fresh,
    cacheWrite5m: usage.cacheWrite5m - write5m,
    cacheWrite1h: usage.cacheWrite1h - write1h,
    cacheRead: usage.cacheRead + write1h + write5m + fresh,
  }
}

function causeOf(
  before: RecentCall,
  { model, usage, startedAtMs }: CacheMissFacts,
  broken: number,
): CacheMiss['cause'] {
  if (before.model !== model) return 'model-changed'
  if (broken >= 0) return 'prefix-changed'
  const keptMs = usage.cacheWrite1h > 0 ? KEPT_LONG_MS : KEPT_MS
  return startedAtMs - (before.endedAtMs ?? before.atMs) > keptMs ? 'expired' : 'evicted'
}
