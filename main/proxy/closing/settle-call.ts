import type { Priced } from '../../../shared/calls/call.ts'
import type { Closing } from '../../../shared/calls/events.ts'
import type { UsdNanos } from '../../../shared/values/money.ts'
import { contextTokens, NO_USAGE, totalTokens, type Usage } from '../../../shared/calls/usage.ts'
import { closeUsage, needsCount } from '../../core/metering/usage/close-usage.ts'
import { tokensCost } from '../../core/metering/quote/quote.ts'
import type { Reading } from '../../core/metering/usage/usage-reader.ts'
import { cacheMissOf } from '../../core/conversations/cache-miss.ts'
import { priceUsage } from '../../core/pricing/rates/price-usage.ts'
import type { PriceBook, Rates } from '../../core/pricing/rates/rate-card.ts'
import type { EndedCall, PreparedCall, SettleCall } from '../call/call-states.ts'
import type { Books } from '../../ledger/books/books.ts'

export interface SettleParts {
  books: Books
  prices(): PriceBook
  /** Output tokens of what passed by, where the provider does not say. */
  countOutput(provider: string, model: string | null, reading: Reading): Promise<number>
  /** The provider goes on making the response: the call stays held until a later request reads its end. */
  keepInBackground(responseId: string, ended: EndedCall): void
  /** The call is closed: estimates, conversations and recent calls learn from it. */
  observeSettled(prepared: PreparedCall, usage: Usage | null, ended: EndedCall): void
}

/** Closes the books of an admitted call on the best evidence, and lets every estimate learn from it. */
export function createSettleCall(parts: SettleParts): SettleCall {
  const close = closeCall(parts)
  return async (given) => {
    try {
      await close(given)
    } catch (error) {
      closeOnQuote(parts.books, given)
      throw error
    }
    // What reached the client is in the books: nobody goes on before they are written.
    await parts.books.ledger.committed()
  }
}

/** A fault of ours in the closing itself: no hold stays behind, and the call costs what was expected of it, as after a crash. */
function closeOnQuote(books: Books, { prepared: { call, quote }, head, ending }: EndedCall): void {
  if (!books.balances.hasHold(call.callId)) return
  const output = quote.expectedOutputTokens
  const usage: Usage = { ...NO_USAGE, uncachedInput: quote.inputTokens, output, source: 'estimated' }
  const closing: Closing = {
    usage,
    costNanos: quote.expectedInputNanos + tokensCost(output, quote.outputNanosPerMillion),
    priced: quote.priced,
    priceVersion: quote.priceVersion,
    responseModel: null,
    responseId: null,
    httpStatus: head?.status ?? null,
    ending,
    firstByteMs: null,
  }
  books.settle(call.callId, closing, totalTokens(usage))
}

function closeCall(parts: SettleParts): SettleCall {
  return async (given) => {
    // At the end of the gateway it was not the client who left.
    const facts =
      parts.books.traffic.over && given.ending === 'client-left' ? { ...given, ending: 'cut' as const } : given
    const { prepared, head, reading } = facts
    const { callId } = prepared.call
    const refusedUpstream = (head !== null && head.status >= 400) || (reading.failed && reading.roughOutputTokens === 0)
    if (refusedUpstream && reading.usage === null) {
      parts.books.release(
        callId,
        `the provider answered ${head?.status ?? 'with an error'}`,
        head?.status ?? null,
        'upstream-error',
      )
      parts.observeSettled(prepared, null, facts)
      return
    }
    // Any response is in progress until it ends; only one made in the background goes on without its connection.
    if (prepared.request.background && reading.pending && reading.responseId !== null) {
      parts.books.rememberResponse(reading.responseId, callId)
      parts.keepInBackground(reading.responseId, facts)
      return
    }
    const usage = await usageOf(parts, facts)
    parts.books.settle(callId, closingOf(parts, facts, usage), totalTokens(usage))
    parts.observeSettled(prepared, usage, facts)
  }
}

async function usageOf(
  parts: SettleParts,
  { prepared, ending, reading, isUnreadable, pace, heldOutputTokens }: EndedCall,
): Promise<Usage> {
  const { quote, request } = prepared
  const countedOutputTokens = needsCount(ending, reading)
    ? await parts.countOutput(prepared.provider.id, request.model, reading)
    : null
  return closeUsage({
    ending,
    reading,
    isUnreadable,
    quote,
    stream: request.stream,
    pace,
    countedOutputTokens,
    heldOutputTokens,
  })
}

function closingOf(
  parts: SettleParts,
  { prepared, head, ending, cutBy, reading, firstByteAtMs }: EndedCall,
  usage: Usage,
): Closing {
  const { rates, costNanos, priced, priceVersion } = costOf(parts, prepared, reading, usage)
  const { call, request, identified } = prepared
  return {
    usage,
    costNanos,
    priced,
    priceVersion,
    responseModel: reading.responseModel,
    responseId: reading.responseId,
    serviceTier: tierOf(prepared, reading),
    toolUses: reading.toolUses,
    cacheMiss: cacheMissOf({
      earlier: call.conversation === null ? [] : parts.books.recent.inConversation(call.conversation),
      model: call.requestModel,
      messages: request.messages,
      fingerprints: identified.fingerprints.messages,
      usage,
      rates,
      startedAtMs: call.startedAtMs,
    }),
    httpStatus: head?.status ?? null,
    ending,
    ...(cutBy ? { refusal: cutBy } : {}),
    firstByteMs: firstByteAtMs === null ? null : Math.max(0, firstByteAtMs - call.startedAtMs),
  }
}

/** The provider's own word on the cost wins over any list price; a model that the answer names wins over the one asked for. */
function costOf(
  parts: SettleParts,
  prepared: PreparedCall,
  reading: Reading,
  usage: Usage,
): { rates: Rates; costNanos: UsdNanos; priced: Priced; priceVersion: string } {
  const inputTokens = Math.ceil(contextTokens(usage) / (reading.calls ?? 1))
  const question = { ...prepared.priceQuestion, inputTokens, serviceTier: tierOf(prepared, reading) }
  const answered = parts.prices().rateCard({ ...question, model: reading.responseModel ?? question.model })
  // A name that only the response uses (a deployment, a build) may be unknown where the requested one is known.
  const card = answered.priced === 'ceiling' ? parts.prices().rateCard(question) : answered
  const { rates, priceVersion } = card
  if (reading.providerCostNanos !== null && card.priced !== 'free')
    return { rates, costNanos: reading.providerCostNanos, priced: 'provider', priceVersion }
  return { rates, costNanos: priceUsage(rates, usage, reading.toolUses), priced: card.priced, priceVersion }
}

function tierOf({ priceQuestion }: PreparedCall, { serviceTier }: Reading): string | null {
  return serviceTier ?? priceQuestion.serviceTier
}
