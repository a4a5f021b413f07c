import type { CallKind } from '../../../shared/calls/call.ts'
import type { LiveConversations } from '../../core/ledger/calls/live-conversations.ts'
import type { Calibration, Learned } from '../../core/metering/quote/calibration.ts'
import { countedText, estimateInput, type InputEstimate } from '../../core/metering/tokens/estimate.ts'
import { makeQuote } from '../../core/metering/quote/make-quote.ts'
import type { Quote } from '../../core/metering/quote/quote.ts'
import { roughTokens } from '../../core/metering/tokens/rough-tokens.ts'
import type { StreamPaces } from '../../core/metering/quote/stream-pace.ts'
import type { Reading } from '../../core/metering/usage/usage-reader.ts'
import type { PriceBook, PriceQuestion } from '../../core/pricing/rates/rate-card.ts'
import type { ModelRequest, PromptMessage } from '../../core/providers/types/provider.ts'
import type { TokenCounter } from '../../platform/tokens/token-counter.ts'

export interface EstimatorParts {
  prices(): PriceBook
  calibration: Calibration
  paces: StreamPaces
  counter: TokenCounter
  conversations: LiveConversations
}

export interface QuoteQuestion {
  request: ModelRequest
  estimate: InputEstimate
  priceQuestion: Omit<PriceQuestion, 'inputTokens'>
  conversation: string | null
  /** What the provider keeps of the call that this one goes on from by name; null where that call is not known. */
  storedTokens: number | null
  kind: CallKind
  sealed: boolean
}

/** Sizes and costs before and beside the provider's own word: the pure parts, with the counter that works off the loop. */
export class Estimator {
  readonly #parts: EstimatorParts
  /** Of each message its tokens: the next turn brings the same object again. */
  readonly #counted = new WeakMap<PromptMessage, number>()

  constructor(parts: EstimatorParts) {
    this.#parts = parts
  }

  /** Input tokens of a request. At once when every message was counted before, as most of a growing conversation was. */
  async input(request: ModelRequest, provider: string): Promise<InputEstimate> {
    const counts: number[] = []
    const uncounted: number[] = []
    for (const [index, message] of request.messages.entries()) {
      const known = this.#counted.get(message)
      counts.push(known ?? 0)
      if (known === undefined) uncounted.push(index)
    }
    if (uncounted.length === 0) return estimateInput(provider, request, counts)
    const fresh = uncounted.map((index) => request.messages[index]!)
    const { tokens, isExact } = await this.#parts.counter.countMessages(fresh.map(countedText))
    for (const [place, index] of uncounted.entries()) counts[index] = tokens[place] ?? 0
    if (isExact) for (const [place, message] of fresh.entries()) this.#counted.set(message, tokens[place] ?? 0)
    return estimateInput(provider, request, counts)
  }

  /** Output tokens of what passed by, where the provider does not say. */
  async output(provider: string, model: string | null, reading: Reading): Promise<number> {
    if (reading.roughOutputTokens === 0) return 0
    const counted = await this.#parts.counter.count(reading.outputText)
    // Beyond the text that is kept, the rough count has to do.
    const beyond = Math.max(0, reading.roughOutputTokens - roughTokens(reading.outputText))
    return counted + Math.ceil(beyond * this.learned(provider, model, null).outputRatio)
  }

  learned(provider: string, model: string | null, kind: CallKind | null): Learned {
    return this.#parts.calibration.forModel(provider, model, kind)
  }

  quote({ request, estimate, priceQuestion, conversation, storedTokens, kind, sealed }: QuoteQuestion): Quote {
    const { prices, paces, conversations } = this.#parts
    const { provider, model } = priceQuestion
    const earlier = conversations.get(conversation)
    return makeQuote({
      provider,
      request,
      estimate,
      rateCard: (inputTokens) => prices().rateCard({ ...priceQuestion, inputTokens }),
      learned: this.learned(provider, model, kind),
      marginTokens: paces.marginTokens(model ?? provider),
      lastTurn: earlier?.lastTurn ?? null,
      storedTokens:
        request.storedInput === null
          ? null
          : (storedTokens ?? (earlier?.lastTurn ? earlier.lastTurn.inputTokens + earlier.lastOutputTokens : null)),
      sealed,
      nowMs: priceQuestion.atMs,
    })
  }
}
