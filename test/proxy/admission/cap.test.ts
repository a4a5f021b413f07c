import { afterEach, describe, expect, test } from 'vitest'
import { runLoad } from '../../support/load/cap-load.ts'
import { type Harness, startHarness } from '../../support/gateway/gateway-harness.ts'
import { GPT_4O_RATES, ONE_DOLLAR, unkind } from '../../support/providers/unkind.ts'

/** Short versions of test/bench/cap-matrix.ts: the same crowd with latencies of milliseconds. */
let harness: Harness
afterEach(() => harness.stop())

const GPT_5_RATES = { input: 1_250_000_000, output: 10_000_000_000 }

describe("a crowd against a cap of $1.00, by the far end's own tally", () => {
  test.each([
    { callers: 1, stream: true, maxOutputTokens: null, hidden: false },
    { callers: 1, stream: false, maxOutputTokens: 2_500, hidden: false },
    { callers: 10, stream: true, maxOutputTokens: 2_500, hidden: false },
    { callers: 10, stream: false, maxOutputTokens: null, hidden: false },
    { callers: 50, stream: true, maxOutputTokens: null, hidden: false },
    { callers: 50, stream: true, maxOutputTokens: 2_500, hidden: false },
    { callers: 50, stream: false, maxOutputTokens: null, hidden: false },
    { callers: 10, stream: true, maxOutputTokens: null, hidden: true },
    { callers: 50, stream: true, maxOutputTokens: 4_000, hidden: true },
    { callers: 50, stream: false, maxOutputTokens: null, hidden: true },
  ])(
    '$callers callers, stream $stream, maximum $maxOutputTokens, hidden reasoning $hidden',
    async ({ callers, stream, maxOutputTokens, hidden }) => {
      harness = await startHarness({
        behaviour: unkind({ seed: callers + 1, scale: callers === 1 ? 0.002 : 0.01, hidden }),
        rules: [ONE_DOLLAR],
      })
      const model = hidden ? 'gpt-5' : 'gpt-4o'
      const outcome = await runLoad({
        proxy: harness.url,
        callers,
        stream,
        maxOutputTokens,
        model,
        callsPerCaller: 1_000,
      })

      expect(outcome.broken).toBe(0)
      const billedUsd = harness.fake.bill(hidden ? GPT_5_RATES : GPT_4O_RATES) / 1e9
      expect(billedUsd).toBeLessThanOrEqual(1.005)
      expect(billedUsd).toBeGreaterThanOrEqual(0.97)
      // Everybody was refused in the end, and nobody before the money was spent: not by what others merely held.
      const refused = harness.calls().filter((call) => call.state === 'refused')
      expect(outcome.refused + outcome.cut).toBe(callers)
      for (const { refusal } of refused) expect(Number(refusal?.spentUsd)).toBeGreaterThanOrEqual(0.97)
      // The books say what the far end says, and nothing is held any more.
      const bookedUsd = harness.calls().reduce((sum, call) => sum + Number(call.costUsd ?? 0), 0)
      expect(bookedUsd).toBeGreaterThanOrEqual(billedUsd - 0.005)
      expect(bookedUsd).toBeLessThanOrEqual(billedUsd + 0.03)
      expect(harness.gateway.books.balances.openHolds).toBe(0)
      expect(harness.gateway.books.waiting.length).toBe(0)
    },
    40_000,
  )
})
