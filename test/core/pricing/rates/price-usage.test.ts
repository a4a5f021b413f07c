import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { priceUsage } from '../../../../main/core/pricing/rates/price-usage.ts'
import type { Rates } from '../../../../main/core/pricing/rates/rate-card.ts'
import { FREE_RATES } from '../../../../main/core/pricing/rates/rates.ts'
import { NO_USAGE, type Usage } from '../../../../shared/calls/usage.ts'

const usd = (dollars: number) => Math.round(dollars * 1e9)
const SONNET: Rates = {
  ...FREE_RATES,
  input: usd(3),
  cacheRead: usd(0.3),
  cacheWrite5m: usd(3.75),
  cacheWrite1h: usd(6),
  output: usd(15),
  reasoning: usd(15),
  perToolUse: { web_search: usd(0.01) },
}

const tokens = fc.nat({ max: 2_000_000 })
const rate = fc.nat({ max: usd(1_000) })
const anyUsage: fc.Arbitrary<Usage> = fc.record({
  uncachedInput: tokens,
  cacheRead: tokens,
  cacheWrite5m: tokens,
  cacheWrite1h: tokens,
  output: tokens,
  reasoning: tokens,
  audioInput: tokens,
  audioOutput: tokens,
  imageInput: tokens,
  imageOutput: tokens,
  source: fc.constant('reported' as const),
})
const textUsage = anyUsage.map(
  (usage): Usage => ({ ...usage, audioInput: 0, audioOutput: 0, imageInput: 0, imageOutput: 0, reasoning: 0 }),
)
/** As real cards are: sound and pictures cost at least what text does, cached at most what fresh costs. */
const anyRates: fc.Arbitrary<Rates> = fc
  .record({ input: rate, cacheRead: rate, cacheWrite5m: rate, cacheWrite1h: rate, output: rate, dearer: rate })
  .map(({ dearer, ...text }) => {
    const cacheRead = Math.min(text.cacheRead, text.input)
    return {
      ...text,
      cacheRead,
      reasoning: text.output,
      audioInput: text.input + dearer,
      audioCacheRead: cacheRead,
      audioOutput: text.output + dearer,
      imageInput: text.input + dearer,
      imageCacheRead: cacheRead,
      imageOutput: text.output + dearer,
      perRequest: 0,
      perToolUse: {},
    }
  })

describe('priceUsage', () => {
  test('cached input is billed once, at the cached rate', () => {
    const usage = { ...NO_USAGE, uncachedInput: 1_211, cacheRead: 47_000, output: 310 }
    // 1,211 × $3 + 47,000 × $0.30 + 310 × $15, per million
    expect(priceUsage(SONNET, usage)).toBe(22_383_000)
  })

  test('a five-minute write costs 1.25 times input, an hour twice', () => {
    expect(priceUsage(SONNET, { ...NO_USAGE, cacheWrite5m: 1_000_000 })).toBe(usd(3.75))
    expect(priceUsage(SONNET, { ...NO_USAGE, cacheWrite1h: 1_000_000 })).toBe(usd(6))
  })

  test('reasoning is a part of output, not an addition', () => {
    const plain = priceUsage(SONNET, { ...NO_USAGE, output: 500 })
    expect(priceUsage(SONNET, { ...NO_USAGE, output: 500, reasoning: 400 })).toBe(plain)
    expect(priceUsage({ ...SONNET, reasoning: usd(3) }, { ...NO_USAGE, output: 500, reasoning: 400 })).toBe(2_700_000)
  })

  test('audio and image tokens are priced at their own rate instead of the text rate', () => {
    const rates = { ...SONNET, audioInput: usd(32), audioOutput: usd(64), imageInput: usd(5), imageOutput: usd(40) }
    const usage = { ...NO_USAGE, uncachedInput: 1_000, audioInput: 600, imageInput: 100, output: 200, audioOutput: 50 }
    // 300 text + 600 audio + 100 image; 150 text + 50 audio
    expect(priceUsage(rates, usage)).toBe(300 * 3_000 + 600 * 32_000 + 100 * 5_000 + 150 * 15_000 + 50 * 64_000)
  })

  test('cached audio beyond the uncached input costs the cached audio rate', () => {
    const rates = { ...SONNET, audioInput: usd(32), audioCacheRead: usd(0.4) }
    const usage = { ...NO_USAGE, uncachedInput: 100, cacheRead: 900, audioInput: 400 }
    expect(priceUsage(rates, usage)).toBe(100 * 32_000 + 300 * 400 + 600 * 300)
  })

  test('searches and requests are charged by piece; a started second of audio counts', () => {
    const rates = {
      ...FREE_RATES,
      perRequest: 5_000_000,
      perToolUse: { web_search: usd(0.01), audio_seconds: 100_000 },
    }
    expect(priceUsage(rates, NO_USAGE, { web_search: 3, unknown_tool: 9 })).toBe(35_000_000)
    expect(priceUsage(rates, NO_USAGE, { audio_seconds: 12.2 })).toBe(5_000_000 + 1_300_000)
  })

  test('a fraction of a nano-dollar is rounded up, once for the whole call', () => {
    const rates = { ...FREE_RATES, input: 1, output: 1 }
    expect(priceUsage(rates, { ...NO_USAGE, uncachedInput: 1, output: 1 })).toBe(1)
    expect(priceUsage(rates, NO_USAGE)).toBe(0)
  })

  test('equals rational arithmetic rounded up', () => {
    fc.assert(
      fc.property(anyRates, textUsage, (rates, usage) => {
        const exact =
          BigInt(usage.uncachedInput) * BigInt(rates.input) +
          BigInt(usage.cacheRead) * BigInt(rates.cacheRead) +
          BigInt(usage.cacheWrite5m) * BigInt(rates.cacheWrite5m) +
          BigInt(usage.cacheWrite1h) * BigInt(rates.cacheWrite1h) +
          BigInt(usage.output) * BigInt(rates.output)
        const cost = BigInt(priceUsage(rates, usage))
        expect(cost * 1_000_000n >= exact && (cost - 1n) * 1_000_000n < exact).toBe(true)
      }),
    )
  })

  test('never falls when a bucket grows', () => {
    const buckets = [
      'uncachedInput',
      'cacheRead',
      'cacheWrite5m',
      'cacheWrite1h',
      'output',
      'audioInput',
      'imageOutput',
    ] as const
    fc.assert(
      fc.property(
        anyRates,
        anyUsage,
        fc.constantFrom(...buckets),
        fc.nat({ max: 100_000 }),
        (rates, usage, bucket, more) => {
          const grown = { ...usage, [bucket]: usage[bucket] + more }
          expect(priceUsage(rates, grown)).toBeGreaterThanOrEqual(priceUsage(rates, usage))
        },
      ),
    )
  })

  test('splitting a call never makes it cheaper, nor dearer than a nano-dollar a part', () => {
    fc.assert(
      fc.property(anyRates, fc.array(textUsage, { minLength: 1, maxLength: 8 }), (rates, parts) => {
        const whole = parts.reduce((sum, part) => ({
          ...sum,
          uncachedInput: sum.uncachedInput + part.uncachedInput,
          cacheRead: sum.cacheRead + part.cacheRead,
          cacheWrite5m: sum.cacheWrite5m + part.cacheWrite5m,
          cacheWrite1h: sum.cacheWrite1h + part.cacheWrite1h,
          output: sum.output + part.output,
        }))
        const apart = parts.reduce((sum, part) => sum + priceUsage(rates, part), 0)
        const together = priceUsage(rates, whole)
        expect(apart).toBeGreaterThanOrEqual(together)
        expect(apart - together).toBeLessThan(parts.length)
      }),
    )
  })
})
