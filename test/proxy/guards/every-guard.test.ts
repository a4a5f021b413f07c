import { spawn } from 'node:child_process'
import { text } from 'node:stream/consumers'
import OpenAI from 'openai'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { GUARDS } from '../../../main/core/policy/guards/registry.ts'
import { type Harness, startHarness } from '../../support/gateway/gateway-harness.ts'
import { farEnd, LINGER, ORPHANED, REFUSING_RULES, refusingPolicy } from '../../support/providers/refusing-rules.ts'

let harness: Harness
beforeAll(async () => {
  harness = await startHarness({ rules: refusingPolicy('1 hour'), behaviour: { ...farEnd, outputTokens: () => 20 } })
})
afterAll(() => harness.stop())

const placeOf = (guard: string) => `${harness.url}/@session=${guard}.s1/openai/v1`
const promptOf = (guard: string) => `${guard}.s1: ${'a sentence with some words in it. '.repeat(10)}`

test.each(GUARDS.map(({ name }) => [name]).filter(([name]) => !REFUSING_RULES[name ?? '']?.isOrphan))(
  '%s refuses a call before the provider hears of it',
  async (guard) => {
    const row = REFUSING_RULES[guard]
    if (!row) throw new Error('a guard without a row in test/support/refusing-rules.ts')
    const client = new OpenAI({ apiKey: 'sk', baseURL: placeOf(guard), maxRetries: 0 })
    const ask = (content: string) =>
      client.chat.completions.create({ model: 'gpt-4.1', messages: [{ role: 'user', content }] }).then(
        () => null,
        (error: unknown) => error,
      )
    for (let n = 0; n < (row.before ?? 0); n += 1)
      expect((await ask(promptOf(guard))) !== null).toBe(row.fails ?? false)
    const leaving = new AbortController()
    if (row.lingers) {
      const messages = [{ role: 'user' as const, content: LINGER }]
      await client.chat.completions.create({ model: 'gpt-4.1', messages, stream: true }, { signal: leaving.signal })
    }
    const heard = harness.fake.records.length
    const error = await ask(promptOf(guard))
    leaving.abort()
    expect(error).toMatchObject({
      status: row.status,
      message: expect.stringContaining(`Rule "${guard}" of policy version 1.`),
      error: { allowance: { code: row.code, rule: guard } },
    })
    expect(harness.fake.records).toHaveLength(heard)
    const refused = harness
      .calls()
      .filter(({ state, attribution }) => state === 'refused' && attribution.session === `${guard}.s1`)
    expect(refused.map(({ refusal }) => refusal?.code)).toEqual([row.code])
  },
)

/** Asks until it is refused, as whoever has nobody to stop it. */
const ASKS_ON = `
  const [place, content] = process.argv.slice(1)
  const body = JSON.stringify({ model: 'gpt-4.1', messages: [{ role: 'user', content }] })
  const headers = { authorization: 'Bearer sk', 'content-type': 'application/json' }
  for (;;) {
    const response = await fetch(place + '/chat/completions', { method: 'POST', headers, body })
    const text = await response.text()
    if (response.ok) continue
    console.log(text)
    break
  }`

test.runIf(process.platform === 'linux')(
  'orphan refuses a process whose terminal has gone, and says which',
  async () => {
    const [shell = '', ...args] = ORPHANED
    const node = [process.execPath, '--input-type=module', '-e', ASKS_ON, placeOf('orphan'), promptOf('orphan')]
    const leader = spawn(shell, [...args, ...node], { detached: true, stdio: ['ignore', 'pipe', 'inherit'] })
    const { error } = JSON.parse(await text(leader.stdout)) as {
      error: { message: string; allowance: { code: string } }
    }
    expect(error.allowance).toMatchObject({ code: 'orphan', rule: 'orphan' })
    const calls = harness.calls().filter(({ attribution }) => attribution.session === 'orphan.s1')
    const refused = calls.find(({ state }) => state === 'refused')
    expect(error.message).toContain('has been without its terminal for')
    expect(error.message).toContain(
      `End it (process ${refused?.attribution.process?.pid}), or start it again in a terminal.`,
    )
    // Its first call was the first that showed it to be alone.
    expect(calls[0]?.state).toBe('settled')
    expect(
      harness.fake.records.filter(({ path, body }) => path !== '' && JSON.stringify(body).includes('orphan.s1')),
    ).toHaveLength(calls.length - 1)
  },
)

test.each(['token-rate', 'rate-limit'])('%s says when to try again, and then lets it through', async (guard) => {
  let nowMs = Date.UTC(2026, 10, 23, 12)
  const on = await startHarness({ rules: refusingPolicy('20 seconds'), clock: () => nowMs })
  try {
    const client = new OpenAI({ apiKey: 'sk', baseURL: `${on.url}/@session=${guard}.s1/openai/v1`, maxRetries: 0 })
    const ask = () =>
      client.chat.completions.create({ model: 'gpt-4.1', messages: [{ role: 'user', content: promptOf(guard) }] }).then(
        () => 'answered',
        (error: unknown) => (error as { headers: Headers }).headers.get('retry-after'),
      )
    expect(await ask()).toBe('answered')
    nowMs += 7_000
    expect(await ask()).toBe('13')
    nowMs += 12_000
    expect(await ask()).toBe('1')
    nowMs += 1_000
    expect(await ask()).toBe('answered')
    expect(on.calls().map(({ state }) => state)).toEqual(['settled', 'refused', 'refused', 'settled'])
  } finally {
    await on.stop()
  }
})
