import { describe, expect, test } from 'vitest'
import { startHarness } from '../../support/gateway/gateway-harness.ts'
import { type Crowd, runCrowd } from '../../support/load/cap-crowd.ts'
import { LOAD_API_NAMES, LOAD_APIS, type LoadApi, type LoadApiName } from '../../support/load/load-apis.ts'
import { GPT_4O_RATES, ONE_DOLLAR, seeded } from '../../support/providers/unkind.ts'

/** Caps in front of a provider whose cache hits, misses and expires as it likes. The far end's own tally is the truth. */

test('ten equal calls of ten cents, never cached although the prefix is the same, spend no more than a dollar', async () => {
  const harness = await startHarness({
    // 40,000 × $2.50/M is ten cents.
    behaviour: { inputTokens: () => 40_000, outputTokens: () => 1, cachedTokens: () => 0 },
    rules: [ONE_DOLLAR],
  })
  const messages = [{ role: 'user', content: 'word '.repeat(39_990) }]
  const body = JSON.stringify({ model: 'gpt-4o', messages, max_tokens: 1 })
  const headers = { 'content-type': 'application/json', authorization: 'Bearer sk-test' }
  try {
    for (let call = 0; call < 12; call += 1)
      await (await fetch(`${harness.url}/openai/v1/chat/completions`, { method: 'POST', headers, body })).text()
    expect(harness.fake.bill(GPT_4O_RATES) / 1e9).toBeLessThanOrEqual(1.005)
    expect(harness.fake.records.length).toBeGreaterThanOrEqual(9)
  } finally {
    await harness.stop()
  }
})

/** Small enough for a second or two, large enough that one call at its dearest is less than three hundredths of it. */
function smallCap(api: LoadApiName): number {
  const { rates, model }: LoadApi = LOAD_APIS[api]
  const { input, output, written = input } = rates[model]!
  return Math.ceil((1_300 * Math.max(input, written) + 600 * output) / 2e11) / 100
}

async function expectToHold(crowd: Crowd): Promise<void> {
  const { outcome, billedUsd, bookedUsd, leastSpentUsd, estimated, openHolds, waiting } = await runCrowd(crowd)
  expect(billedUsd / crowd.limitUsd).toBeLessThanOrEqual(1.005)
  expect(bookedUsd / crowd.limitUsd).toBeGreaterThanOrEqual(0.97)
  // Everybody was refused in the end, and nobody while there was room.
  expect(outcome.refused + outcome.cut).toBe(crowd.callers)
  expect(outcome.broken).toBe(0)
  if (leastSpentUsd !== null) expect(leastSpentUsd / crowd.limitUsd).toBeGreaterThanOrEqual(0.97)
  // The books say what the far end says, and nothing is held any more.
  expect(bookedUsd / billedUsd).toBeGreaterThanOrEqual(0.995)
  // A stream that is ended half way is booked at what it may have cost: more than it did.
  if (estimated === 0) expect(bookedUsd / billedUsd).toBeLessThanOrEqual(1.000_001)
  expect({ openHolds, waiting }).toEqual({ openHolds: 0, waiting: 0 })
}

const CACHED = { scale: 0.002, promptWords: 1_000, turns: 10, inputFactor: 1.15 }

describe('a cap holds, and is used up, with caches in any mood', () => {
  const dice = seeded(Number(process.env.PROPERTY_SEED ?? 20_261_127))
  const crowds = LOAD_API_NAMES.flatMap((api) =>
    Array.from({ length: Number(process.env.PROPERTY_RUNS ?? 3) }, (_, run): Crowd => {
      const seed = Math.floor(dice() * 1e6)
      const callers = 1 + Math.floor(dice() * 12)
      const maxOutputTokens = dice() < 0.5 ? null : 2_500
      return { ...CACHED, api, callers, stream: run % 2 === 0, maxOutputTokens, seed, limitUsd: smallCap(api) }
    }),
  )
  test.each(crowds)(
    '$api, seed $seed: $callers callers, stream $stream, maximum $maxOutputTokens',
    expectToHold,
    60_000,
  )
})

describe('a crowd of growing conversations against a cap of $1.00', () => {
  const crowds = ([50, 200] as const).flatMap((callers) =>
    (['messages', 'responses', 'bedrock'] as const).map(
      (api, index): Crowd => ({
        ...CACHED,
        api,
        callers,
        stream: index % 2 === 0,
        maxOutputTokens: null,
        seed: callers,
        hidden: api === 'responses',
        limitUsd: 1,
      }),
    ),
  )
  test.each(crowds)('$api: $callers callers, stream $stream, hidden reasoning $hidden', expectToHold, 60_000)
})
