import Anthropic from '@anthropic-ai/sdk'
import { afterEach, describe, expect, test } from 'vitest'
import { type Harness, startHarness } from '../support/gateway/gateway-harness.ts'

let harness: Harness | null = null
afterEach(async () => {
  await harness?.stop()
  harness = null
})

const signedIn = (url: string) =>
  new Anthropic({ authToken: 'sk-ant-oat01-test', apiKey: null, baseURL: `${url}/anthropic` })
const question = {
  model: 'claude-sonnet-4-5',
  max_tokens: 100,
  messages: [{ role: 'user' as const, content: 'hello' }],
}

describe('a signed-in plan', () => {
  test('is shown at list price and counted by no cap', async () => {
    const rules = [{ id: 'daily', guard: 'spend-cap', limitUsd: '0.000001', per: 'day' }]
    harness = await startHarness({ rules, behaviour: { inputTokens: () => 1_000, outputTokens: () => 50 } })
    for (let turn = 0; turn < 2; turn += 1) await signedIn(harness.url).messages.create(question)
    const calls = harness.calls()
    expect(calls.map(({ state, billing, costUsd }) => [state, billing, costUsd])).toEqual([
      ['settled', 'subscription', '0.003750000'],
      ['settled', 'subscription', '0.003750000'],
    ])
    expect(harness.gateway.books.balances.allStates(Date.now())[0]).toMatchObject({ spent: 0, held: 0 })
  })

  test('is counted where a rule counts all', async () => {
    const rules = [{ id: 'all', guard: 'spend-cap', limitUsd: '0.000001', per: 'day', count: 'all' }]
    harness = await startHarness({ rules })
    await expect(signedIn(harness.url).messages.create(question)).rejects.toMatchObject({ status: 402 })
    expect(harness.fake.records).toHaveLength(0)
  })
})
