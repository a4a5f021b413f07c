import OpenAI from 'openai'
import { afterEach, expect, test } from 'vitest'
import { type Harness, startHarness } from '../../support/gateway/gateway-harness.ts'

let harness: Harness | null = null
afterEach(async () => {
  await harness?.stop()
  harness = null
})

test('a Responses stream that its client leaves is settled at once, not held as if it were made in the background', async () => {
  harness = await startHarness({
    behaviour: { outputTokens: () => 2_000, chunkTokens: () => 10, latencyMs: () => 5_000 },
  })
  const client = new OpenAI({ apiKey: 'sk-test', baseURL: `${harness.url}/openai/v1` })
  const stream = await client.responses.create({ model: 'gpt-4.1', input: 'hello', stream: true })
  for await (const event of stream) if (event.type === 'response.output_text.delta') break
  const call = await harness.waitFor(({ state }) => state === 'settled')
  expect(call).toMatchObject({ ending: 'client-left', usage: { source: 'estimated' } })
  expect(harness.gateway.books.balances.openHolds).toBe(0)
})
