import { describe, expect, test } from 'vitest'
import { UNLEARNED } from '../../../../main/core/metering/quote/calibration.ts'
import { makeQuote, type QuoteFacts } from '../../../../main/core/metering/quote/make-quote.ts'
import type { LastTurn } from '../../../../main/core/metering/quote/predict-cache.ts'
import { createPriceBook } from '../../../../main/core/pricing/price-book.ts'
import { message, modelRequest } from '../../../support/load/model-request.ts'

const NOW_MS = Date.parse('2026-11-23T12:00:00Z')
const book = createPriceBook({ policyPrices: [], settingsPrices: [] })

function quote(provider: string, model: string, facts: Partial<QuoteFacts> & { inputTokens?: number } = {}) {
  const request = facts.request ?? modelRequest({ model })
  return makeQuote({
    provider,
    estimate: { tokens: facts.inputTokens ?? 10_000, messageTokens: [facts.inputTokens ?? 10_000] },
    rateCard: (inputTokens) =>
      book.rateCard({ provider, model, atMs: NOW_MS, inputTokens, serviceTier: null, batch: false }),
    learned: UNLEARNED,
    marginTokens: 42,
    lastTurn: null,
    storedTokens: null,
    sealed: false,
    nowMs: NOW_MS,
    ...facts,
    request: { ...request, model },
  })
}

function turn(provider: string, model: string, parts: Partial<LastTurn> = {}): LastTurn {
  return {
    provider,
    model,
    endedAtMs: NOW_MS - 60_000,
    inputTokens: 9_500,
    cacheReadTokens: 0,
    cacheWriteTokens: 0,
    hasHourWrites: false,
    ...parts,
  }
}

describe('output', () => {
  test('at worst is the request’s own maximum for each choice', () => {
    const request = modelRequest({ maxOutputTokens: 500, choices: 3 })
    expect(quote('openai', 'gpt-5-mini', { request })).toMatchObject({
      worstOutputTokens: 1_500,
      expectedOutputTokens: 1_500,
      hasOwnMaximum: true,
    })
  })

  test('at worst is the model’s maximum, else a stated default', () => {
    expect(quote('openai', 'gpt-5-mini')).toMatchObject({
      worstOutputTokens: 128_000,
      expectedOutputTokens: 1_024,
      hasOwnMaximum: false,
    })
    expect(quote('groq', 'never-heard-of')).toMatchObject({ worstOutputTokens: 16_384, priced: 'ceiling' })
  })

  test('is nothing for embeddings', () => {
    const request = modelRequest({ output: 'none' })
    expect(quote('openai', 'text-embedding-3-small', { request })).toMatchObject({
      worstOutputTokens: 0,
      expectedOutputTokens: 0,
      minOutputTokens: 0,
      worstInputNanos: 200_000,
    })
  })

  test('is what was learned, for each choice, and never above the worst', () => {
    const learned = { ...UNLEARNED, expectedOutput: 700, highOutput: 2_000, samples: 9 }
    const two = modelRequest({ choices: 2 })
    expect(quote('openai', 'gpt-5-mini', { learned, request: two })).toMatchObject({
      expectedOutputTokens: 1_400,
      highOutputTokens: 2_000,
      typical: true,
      marginTokens: 42,
    })
    const short = modelRequest({ maxOutputTokens: 100 })
    expect(quote('openai', 'gpt-5-mini', { learned, request: short })).toMatchObject({
      expectedOutputTokens: 100,
      highOutputTokens: 100,
      minOutputTokens: 100,
    })
  })

  test('that cannot be watched is priced at the dearest that the model may make', () => {
    const hidden = modelRequest({ output: 'hidden' })
    expect(quote('google', 'gemini-2.5-flash-image', { request: hidden }).outputNanosPerMillion).toBe(30e9)
    expect(quote('google', 'gemini-2.5-flash-image').outputNanosPerMillion).toBe(2.5e9)
  })
})

describe('input', () => {
  test('is corrected by what the provider counted before, and priced by its length', () => {
    const learned = { ...UNLEARNED, inputRatio: 1.25 }
    const long = quote('anthropic', 'claude-sonnet-4-5', { inputTokens: 180_000, learned })
    expect(long).toMatchObject({
      inputTokens: 225_000,
      worstInputNanos: 225_000 * 6_000,
      outputNanosPerMillion: 22.5e9,
    })
  })

  test('is at worst what the highest count of late would make of it, at the rate of that length', () => {
    const learned = { ...UNLEARNED, highInputRatio: 1.25 }
    const long = quote('anthropic', 'claude-sonnet-4-5', { inputTokens: 180_000, learned })
    expect(long).toMatchObject({ inputTokens: 180_000, worstInputTokens: 225_000, worstInputNanos: 225_000 * 6_000 })
  })

  test('that the provider keeps is what we remember of it, else a whole context window', () => {
    const request = modelRequest({ storedInput: 'resp_1' })
    expect(quote('openai', 'gpt-5-mini', { request, inputTokens: 100, storedTokens: 30_000 }).inputTokens).toBe(30_100)
    expect(quote('openai', 'gpt-5-mini', { request, inputTokens: 100 }).inputTokens).toBe(400_000)
    expect(quote('openai', 'never-heard-of', { request, inputTokens: 100 }).inputTokens).toBe(128_000)
  })

  test('is the same at worst and expected when there was no turn before', () => {
    const first = quote('openai', 'gpt-5-mini')
    expect(first.expectedCacheReadTokens).toBe(0)
    expect(first.expectedInputNanos).toBe(first.worstInputNanos)
  })
})

describe('cache reads', () => {
  /** A cache that has kept everything of late. */
  const learned = { ...UNLEARNED, cacheShare: 1 }

  test('are expected of nobody whose reports have shown none', () => {
    const lastTurn = turn('openai', 'gpt-5-mini', { cacheReadTokens: 9_000 })
    expect(quote('openai', 'gpt-5-mini', { lastTurn })).toMatchObject({
      expectedCacheReadTokens: 0,
      readableTokens: 9_472,
    })
    const half = { ...UNLEARNED, cacheShare: 0.5 }
    expect(quote('openai', 'gpt-5-mini', { lastTurn, learned: half }).expectedCacheReadTokens).toBe(4_736)
  })

  test('are expected of OpenAI for the last turn’s prompt, in whole blocks', () => {
    const next = quote('openai', 'gpt-5-mini', { learned, lastTurn: turn('openai', 'gpt-5-mini') })
    expect(next.expectedCacheReadTokens).toBe(9_472)
    expect(next.expectedInputNanos).toBe(528 * 250 + 9_472 * 25)
    expect(next.worstInputNanos).toBe(10_000 * 250)
  })

  test('are not expected after the cache’s time, of another model, of a prompt that was begun anew or is short', () => {
    const none = (lastTurn: LastTurn, inputTokens = 10_000) =>
      expect(quote('openai', 'gpt-5-mini', { learned, lastTurn, inputTokens }).expectedCacheReadTokens).toBe(0)
    none(turn('openai', 'gpt-5-mini', { endedAtMs: NOW_MS - 6 * 60_000 }))
    none(turn('openai', 'gpt-5'))
    none(turn('azure', 'gpt-5-mini'))
    none(turn('openai', 'gpt-5-mini', { inputTokens: 90_000 }))
    none(turn('openai', 'gpt-5-mini', { inputTokens: 900 }), 1_000)
  })

  test('of Claude are what the last turn left in the cache, for five minutes or an hour', () => {
    const marked = { ...message('user', ''), cacheBreakpoint: '5m' as const }
    const request = modelRequest({ messages: [marked] })
    const read = (parts: Partial<LastTurn>) =>
      quote('anthropic', 'claude-sonnet-4-5', {
        learned,
        request,
        lastTurn: turn('anthropic', 'claude-sonnet-4-5', parts),
      }).expectedCacheReadTokens
    expect(read({})).toBe(0)
    expect(read({ cacheReadTokens: 8_000, cacheWriteTokens: 1_400 })).toBe(9_400)
    expect(read({ cacheWriteTokens: 9_400, endedAtMs: NOW_MS - 10 * 60_000 })).toBe(0)
    expect(read({ cacheWriteTokens: 9_400, endedAtMs: NOW_MS - 10 * 60_000, hasHourWrites: true })).toBe(9_400)
  })

  test('leave the rest of a marked prefix to be written, at worst all of it', () => {
    const request = modelRequest({
      messages: [
        message('system', ''),
        { ...message('user', ''), cacheBreakpoint: '1h' as const },
        message('user', ''),
      ],
    })
    const facts = {
      learned,
      request,
      estimate: { tokens: 10_000, messageTokens: [6_000, 3_000, 1_000] },
      lastTurn: turn('anthropic', 'claude-sonnet-4-5', {
        inputTokens: 6_500,
        cacheWriteTokens: 6_000,
        hasHourWrites: true,
      }),
    }
    const marked = quote('anthropic', 'claude-sonnet-4-5', facts)
    expect(marked.worstInputNanos).toBe(9_000 * 6_000 + 1_000 * 3_000)
    expect(marked.expectedInputNanos).toBe(6_000 * 300 + 3_000 * 6_000 + 1_000 * 3_000)
  })

  test('a model that writes its cache by itself and charges for it is held at the write rate', () => {
    expect(quote('openai', 'gpt-6-sol').worstInputNanos).toBe(10_000 * 2_500)
  })

  test('reserve a tenth for an agent’s next turn, not the full rate', () => {
    const lastTurn = turn('anthropic', 'claude-sonnet-4-5', {
      inputTokens: 99_000,
      cacheReadTokens: 98_000,
      cacheWriteTokens: 900,
    })
    const request = modelRequest({ messages: [{ ...message('user', ''), cacheBreakpoint: '5m' as const }] })
    const next = quote('anthropic', 'claude-sonnet-4-5', { learned, request, lastTurn, inputTokens: 100_000 })
    expect(next.expectedInputNanos).toBeLessThan(next.worstInputNanos / 9)
  })
})
