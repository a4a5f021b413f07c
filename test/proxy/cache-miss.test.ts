import { afterEach, expect, test } from 'vitest'
import { type Harness, startHarness } from '../support/gateway/gateway-harness.ts'

let harness: Harness | null = null
afterEach(async () => {
  await harness?.stop()
  harness = null
})

test('a turn that pays its prefix again says so in its record', async () => {
  let turn = 0
  harness = await startHarness({
    behaviour: {
      inputTokens: () => 6_000 + 100 * turn,
      cachedTokens: () => [5_000, 5_120, 0][turn] ?? 0,
      outputTokens: () => 10,
    },
  })
  const say = async (messages: { role: string; content: string }[]) => {
    const body = JSON.stringify({ model: 'gpt-4o', max_tokens: 10, messages })
    const headers = { 'content-type': 'application/json', authorization: 'Bearer sk-test' }
    await (
      await fetch(`${harness?.url}/@session=s1/openai/v1/chat/completions`, { method: 'POST', headers, body })
    ).text()
    turn += 1
  }
  const history = [
    { role: 'system', content: 'It is 12:00.' },
    { role: 'user', content: 'one' },
    { role: 'assistant', content: 'yes' },
    { role: 'user', content: 'two' },
  ]
  await say(history)
  await say([...history, { role: 'assistant', content: 'yes' }, { role: 'user', content: 'three' }])
  await say([
    { role: 'system', content: 'It is 12:01.' },
    ...history.slice(1),
    { role: 'assistant', content: 'yes' },
    { role: 'user', content: 'three' },
  ])
  const calls = harness.calls()
  expect(calls.map(({ cacheMiss }) => cacheMiss?.tokens ?? null)).toEqual([null, null, 5_120])
  // 5,120 × ($2.50 − $1.25)/M
  expect(calls[2]?.cacheMiss).toMatchObject({
    costUsd: '0.006400000',
    cause: 'prefix-changed',
    message: { index: 0, role: 'system' },
    callId: calls[1]?.id,
  })
})
