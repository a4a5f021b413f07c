import { NO_ATTRIBUTION } from '../../../shared/calls/attribution.ts'
import type { CallFacts, Closing } from '../../../shared/calls/events.ts'
import { NO_USAGE } from '../../../shared/calls/usage.ts'
import type { Quote } from '../../../main/core/metering/quote/quote.ts'

/** A call before it is sent, with nothing special about it. */
export function callFacts(callId: string, startedAtMs: number, changes: Partial<CallFacts> = {}): CallFacts {
  return {
    callId,
    startedAtMs,
    provider: 'openai',
    api: 'chat.completions',
    requestModel: 'gpt-4o',
    stream: true,
    kind: 'prompt',
    billing: 'metered',
    attribution: { ...NO_ATTRIBUTION, developer: 'ada@acme.dev' },
    conversation: null,
    attempt: 1,
    contextTokens: 1_000,
    contextWindow: 128_000,
    priced: 'exact',
    priceVersion: 'test',
    ...changes,
  }
}

/** A thousand tokens of input at $1.00 per million and output at $10.00: 10,000 nano-dollars a token. */
export function quoteOf(changes: Partial<Quote> = {}): Quote {
  return {
    inputTokens: 1_000,
    worstInputTokens: 1_000,
    worstInputNanos: 1_000_000,
    expectedInputNanos: 1_000_000,
    expectedCacheReadTokens: 0,
    readableTokens: 0,
    outputNanosPerMillion: 10_000_000_000,
    worstOutputTokens: 16_000,
    expectedOutputTokens: 1_000,
    highOutputTokens: 2_000,
    typical: true,
    hasOwnMaximum: false,
    minOutputTokens: 256,
    choices: 1,
    output: 'hidden',
    sealed: false,
    marginTokens: 100,
    priced: 'exact',
    priceVersion: 'test',
    contextWindow: 128_000,
    ...changes,
  }
}

export function closingOf(costNanos: number, changes: Partial<Closing> = {}): Closing {
  return {
    usage: { ...NO_USAGE, uncachedInput: 1_000, output: 100, source: 'reported' },
    costNanos,
    priced: 'exact',
    priceVersion: 'test',
    responseModel: 'gpt-4o',
    responseId: null,
    httpStatus: 200,
    ending: 'complete',
    firstByteMs: 5,
    ...changes,
  }
}
