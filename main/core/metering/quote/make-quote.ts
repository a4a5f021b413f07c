import { NO_USAGE } from '../../../../shared/calls/usage.ts'
import { priceUsage } from '../../pricing/rates/price-usage.ts'
import type { RateCard, Rates } from '../../pricing/rates/rate-card.ts'
import type { ModelRequest } from '../../providers/types/provider.ts'
import type { Learned } from './calibration.ts'
import { MAX_COUNT } from '../framing/lenient-json.ts'
import type { InputEstimate } from '../tokens/estimate.ts'
import { type CacheSplit, type LastTurn, readableTokens, splitInput } from './predict-cache.ts'
import type { Quote } from './quote.ts'
import { TUNING } from './tuning.ts'

export interface QuoteFacts {
  provider: string
  request: ModelRequest
  estimate: InputEstimate
  /** Asked for the input as it turns out here, because long contexts have rates of their own. */
  rateCard: (inputTokens: number) => RateCard
  learned: Learned
  /** How far a stream of this model may run ahead of what has been seen (stream-pace). */
  marginTokens: number
  /** The last turn of the same conversation, null when there was none or it is not known to be the prefix of this one. */
  lastTurn: LastTurn | null
  /** All tokens of what `request.storedInput` names (its input and output), null when we do not remember it. */
  storedTokens: number | null
  /** The body is signed and must not be edited. */
  sealed: boolean
  nowMs: number
}

/** What a call will come to: at worst, and as things usually go. Pure. */
export function makeQuote(facts: QuoteFacts): Quote {
  const { request, learned } = facts
  const inputTokens = inputTokensOf(facts, learned.inputRatio)
  const worstInputTokens = Math.max(inputTokens, inputTokensOf(facts, learned.highInputRatio))
  const card = facts.rateCard(inputTokens)

  const readable = readableTokens(facts.provider, request.model, facts.lastTurn, inputTokens, facts.nowMs)
  const predicted = Math.floor(readable * learned.cacheShare)
  const cost = (tokens: number, cacheRead: number, at = card) =>
    inputCost(at.rates, splitInput(request, at, tokens, cacheRead, facts.estimate.messageTokens))
  // A longer input can fall into a higher rate; a marked write can be cheaper than fresh input.
  const worstCard = facts.rateCard(worstInputTokens)
  const fresh = priceUsage(worstCard.rates, { ...NO_USAGE, uncachedInput: worstInputTokens })
  const worstInputNanos = Math.max(fresh, cost(worstInputTokens, 0, worstCard))

  const choices = Math.max(1, request.choices)
  const perChoice = request.maxOutputTokens ?? card.maxOutputTokens ?? TUNING.DEFAULT_MAX_OUTPUT_TOKENS
  const worstOutputTokens = request.output === 'none' ? 0 : Math.min(MAX_COUNT, perChoice * choices)
  const forOneChoice = (tokens: number) => Math.min(Math.ceil(worstOutputTokens / choices), tokens)

  return {
    inputTokens,
    worstInputTokens,
    worstInputNanos,
    // A discount can only lower it: where reading costs more than we thought, the worst case stands.
    expectedInputNanos: Math.min(worstInputNanos, cost(inputTokens, predicted)),
    expectedCacheReadTokens: predicted,
    readableTokens: readable,
    outputNanosPerMillion: outputRate(worstCard.rates, request),
    worstOutputTokens,
    expectedOutputTokens: forOneChoice(learned.expectedOutput) * choices,
    highOutputTokens: forOneChoice(learned.highOutput),
    typical: learned.samples >= TUNING.ENOUGH_SAMPLES,
    hasOwnMaximum: request.maxOutputTokens !== null,
    minOutputTokens: forOneChoice(request.minOutputTokens),
    choices,
    output: request.output,
    sealed: facts.sealed,
    marginTokens: facts.marginTokens,
    priced: card.priced,
    priceVersion: card.priceVersion,
    contextWindow: card.contextWindow,
  }
}

/**
 * The estimate as the provider has counted before, and what it keeps on top of it: the remembered size, else a whole
 * context window, since the body shows nothing of it.
 */
function inputTokensOf({ request, estimate, storedTokens, rateCard }: QuoteFacts, ratio: number): number {
  const shown = Math.ceil(estimate.tokens * ratio)
  if (request.storedInput === null) return shown
  const contextWindow = rateCard(shown).contextWindow ?? TUNING.DEFAULT_CONTEXT_WINDOW
  return storedTokens === null ? Math.max(shown, contextWindow) : shown + storedTokens
}

function inputCost(rates: Rates, split: CacheSplit): number {
  return priceUsage(rates, {
    ...NO_USAGE,
    uncachedInput: split.uncached,
    cacheRead: split.read,
    cacheWrite5m: split.write5m,
    cacheWrite1h: split.write1h,
  })
}

/** Audio and images that a model may make cost more than its text, and cannot be watched. */
function outputRate(rates: Rates, request: ModelRequest): number {
  if (request.output !== 'hidden') return rates.output
  return Math.max(rates.output, rates.reasoning, rates.audioOutput, rates.imageOutput)
}
