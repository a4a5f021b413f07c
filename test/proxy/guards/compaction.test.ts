import OpenAI from 'openai'
import { afterEach, expect, test } from 'vitest'
import { type Harness, startHarness } from '../../support/gateway/gateway-harness.ts'

let harness: Harness | null = null
afterEach(async () => {
  await harness?.stop()
  harness = null
})

const start = async (limitTokens: number) => {
  harness = await startHarness({
    behaviour: { latencyMs: () => 0, outputTokens: () => 20 },
    rules: [{ id: 'ctx', guard: 'context-cap', limitTokens }],
  })
  return harness
}
const SUM_UP = 'Create a detailed summary of the conversation so far, to go on from.'
const REFUSED = { status: 400, code: 'context_length_exceeded' }
const long = (topic: string) => `${topic}: ${'word '.repeat(300)}`

/** What a program talks with, as it grows. */
function talk(on: Harness, headers: Record<string, string> = {}) {
  const client = new OpenAI({ apiKey: 'sk', baseURL: `${on.url}/openai/v1`, defaultHeaders: headers })
  return (...contents: string[]) =>
    client.chat.completions.create({
      model: 'gpt-4o-mini',
      messages: contents.map((content, index) => ({ role: index % 2 === 0 ? 'user' : 'assistant', content })),
    })
}

test('a conversation that is refused for its size can be summed up, and goes on from the summary', async () => {
  const on = await start(500)
  const ask = talk(on)
  await ask(long('a'))
  await expect(ask(long('a'), 'done', long('b'))).rejects.toMatchObject(REFUSED)
  await ask(long('a'), 'done', long('b'), 'not answered', SUM_UP)
  await ask('a and b were discussed', 'go on then', 'and c?')
  expect(on.calls().map(({ state, kind }) => [state, kind])).toEqual([
    ['settled', 'prompt'],
    ['refused', 'prompt'],
    ['settled', 'auxiliary'],
    ['settled', 'prompt'],
  ])
  const [first, tooLarge, summary, after] = on.calls().map(({ contextTokens }) => contextTokens)
  expect(first).toBeLessThan(500)
  expect(tooLarge).toBeGreaterThan(500)
  expect(summary).toBeGreaterThan(500)
  expect(after).toBeLessThan(100)
})

test('a known agent may send its history as one text', async () => {
  const on = await start(500)
  await talk(on, { 'user-agent': 'opencode/1.18.33' })(`${long('a')}${long('b')}\n\n${SUM_UP}`)
  expect(on.calls()).toMatchObject([{ state: 'settled', kind: 'auxiliary', attribution: { agent: 'opencode' } }])
})

test("a program that sums up others' conversations is held to the cap, however often it asks", async () => {
  const on = await start(500)
  const ask = talk(on)
  for (let attempt = 0; attempt < 3; attempt += 1)
    await expect(ask(`${long('a')}${long('b')}\n\n${SUM_UP}`)).rejects.toMatchObject(REFUSED)
  expect(on.fake.records).toHaveLength(0)
})

test('a history that was summed up once is no way past the cap for the turns after it', async () => {
  const on = await start(500)
  const ask = talk(on)
  await ask(long('a'))
  await ask(long('a'), 'done', long('b'), 'yes', SUM_UP)
  await expect(ask(long('a'), 'done', long('b'), 'yes', SUM_UP, 'the summary', 'now go on')).rejects.toMatchObject(
    REFUSED,
  )
})
