import { afterEach, describe, expect, test } from 'vitest'
import { type Harness, startHarness } from '../../support/gateway/gateway-harness.ts'
import { runCachedLoad } from '../../support/load/cached-load.ts'
import { GPT_4O_RATES, ONE_DOLLAR, seeded } from '../../support/providers/unkind.ts'

/** Caps in front of a provider whose cache hits, misses and expires as it likes. The far end's own tally is the truth. */
let harness: Harness
afterEach(() => harness.stop())

const RATES = { ...GPT_4O_RATES, cached: 1_250_000_000 }

test('ten equal calls of ten cents, never cached although the prefix is the same, spend no more than a dollar', async () => {
  harness = await startHarness({
    // 40,000 × $2.50/M is ten cents.
    behaviour: { inputTokens: () => 40_000, outputTokens: () => 1, cachedTokens: () => 0 },
    rules: [ONE_DOLLAR],
  })
  const messages = [{ role: 'user', content: 'word '.repeat(39_990) }]
  const body = JSON.stringify({ model: 'gpt-4o', messages, max_tokens: 1 })
  const headers = { 'content-type': 'application/json', authorization: 'Bearer sk-test' }
  for (let call = 0; call < 12; call += 1)
    await (await fetch(`${harness.url}/openai/v1/chat/completions`, { method: 'POST', headers, body })).text()
  expect(harness.fake.bill(RATES) / 1e9).toBeLessThanOrEqual(1.005)
  expect(harness.fake.records.length).toBeGreaterThanOrEqual(9)
})

describe('a crowd of growing conversations against a cap of $1.00', () => {
  const kinds = [
    ['hits, misses and expiries at random', (dice: () => number) => Math.floor(dice() * 3) / 2],
    ['hits until it fails altogether', (dice: () => number, call: number) => (call < 150 || dice() < 0.1 ? 1 : 0)],
  ] as const
  const crowds = kinds.flatMap(([name, share]) =>
    [1, 10, 50, 200].map((callers) => ({ name, share, callers, stream: callers % 20 === 10 })),
  )
  test.each(crowds)(
    '$callers callers, a cache that $name',
    async ({ callers, share, stream }) => {
      const dice = seeded(callers + 5)
      let call = 0
      harness = await startHarness({
        behaviour: {
          outputTokens: () => 20 + Math.floor(dice() * 180),
          cachedTokens: ({ estimatedInputTokens }) =>
            Math.floor(estimatedInputTokens * 0.95 * share(dice, (call += 1))),
          latencyMs: () => 1 + dice() * 20,
        },
        rules: [ONE_DOLLAR],
      })
      const outcome = await runCachedLoad({ proxy: harness.url, callers, stream, prefixWords: 1_500 })
      const billedUsd = harness.fake.bill(RATES) / 1e9
      expect(outcome.refused).toBe(callers)
      expect(billedUsd).toBeLessThanOrEqual(1.005)
      expect(billedUsd).toBeGreaterThanOrEqual(0.97)
      expect(harness.gateway.books.balances.openHolds).toBe(0)
    },
    60_000,
  )
})
