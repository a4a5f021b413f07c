import { afterEach, expect, test } from 'vitest'
import { type Harness, startHarness } from '../../support/gateway/gateway-harness.ts'
import { answerOf, chat, startCall } from '../../support/load/raw-call.ts'
import { ONE_DOLLAR } from '../../support/providers/unkind.ts'

let harness: Harness
afterEach(() => harness.stop())

test('a refusal after a wait in vain names what is spent by then, however far back in the line the call stood', async () => {
  const release: (() => void)[] = []
  harness = await startHarness({
    // 120,000 × $2.50/M + 10,000 × $10/M: two of $0.40 fit, and leave no room for more.
    behaviour: { inputTokens: () => 120_000, outputTokens: () => 10_000, latencyMs: () => 0 },
    rules: [ONE_DOLLAR],
  })
  harness.fake.hold = () => new Promise((resolve) => release.push(resolve))
  const send = (headers = {}) => {
    const content = 'word '.repeat(119_990)
    const body = chat({ messages: [{ role: 'user', content }], max_tokens: 10_000 })
    return startCall(`${harness.url}/openai/v1/chat/completions`, body, { headers })
  }
  const running = [answerOf(send())]
  await harness.waitFor(({ state }) => state === 'open')
  running.push(answerOf(send()))
  while (release.length < 2) await new Promise((resolve) => setImmediate(resolve))
  // The first of the line is tried whenever room changes; the one behind it is not.
  const waiting = [send(), send({ 'x-stainless-timeout': '3' })]
  await expect.poll(() => harness.gateway.books.waiting.length).toBe(2)
  release[0]?.()
  await harness.waitFor(({ state }) => state === 'settled')
  const refusal = JSON.parse((await answerOf(waiting[1]!)).body.toString()) as { error: { message: string } }
  expect(refusal.error.message).toContain('$0.40')
  waiting[0]?.destroy()
  release[1]?.()
  await Promise.all(running)
})
