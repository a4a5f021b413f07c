import Anthropic from '@anthropic-ai/sdk'
import { GoogleGenAI } from '@google/genai'
import OpenAI from 'openai'
import { afterEach, describe, expect, test } from 'vitest'
import type { CallRecord } from '../../../shared/calls/call.ts'
import { type Harness, type HarnessOptions, startHarness } from '../../support/gateway/gateway-harness.ts'

let harness: Harness | null = null
afterEach(async () => {
  await harness?.stop()
  harness = null
})

const start = async (rules: unknown[], options: HarnessOptions = {}) => {
  harness = await startHarness({
    behaviour: { latencyMs: () => 0, outputTokens: () => 20, ...options.behaviour },
    rules,
    ...options,
  })
  return harness
}
const openai = (on: Harness, tags = 'session=s1') =>
  new OpenAI({ apiKey: 'sk-test', baseURL: `${on.url}/@${tags}/openai/v1` })
const say = (client: OpenAI, content: string, change: Partial<OpenAI.ChatCompletionCreateParamsNonStreaming> = {}) =>
  client.chat.completions.create({ model: 'gpt-4o-mini', messages: [{ role: 'user', content }], ...change })
const refused = (asked: Promise<unknown>) =>
  asked.then(
    () => null,
    (error: unknown) =>
      error as {
        status: number
        message: string
        code?: string
        error?: { allowance?: { code: string; rule: string } }
        headers?: Headers
      },
  )
const refusals = (calls: readonly CallRecord[]) => calls.flatMap(({ refusal }) => (refusal ? [refusal] : []))
/** A turn of an agent that runs the same tests again. */
const history = (turns: number): OpenAI.ChatCompletionMessageParam[] => [
  { role: 'user', content: 'make the tests pass' },
  ...Array.from({ length: turns }, (_, turn): OpenAI.ChatCompletionMessageParam[] => [
    {
      role: 'assistant',
      tool_calls: [
        { id: `call_${turn}`, type: 'function', function: { name: 'run_tests', arguments: '{"path":"."}' } },
      ],
    },
    { role: 'tool', tool_call_id: `call_${turn}`, content: `1 failed in ${turn + 1}.2 s` },
  ]).flat(),
]

describe('each guard through the gateway: one request, one sentence', () => {
  const cases: [string, Record<string, unknown>, string, (client: OpenAI) => Promise<unknown>][] = [
    [
      'call-cap',
      { limitUsd: '0.001' },
      'this call may cost $0.0060',
      (client) => say(client, 'hi', { max_tokens: 10_000 }),
    ],
    ['model-access', { allow: ['claude-*'] }, 'the model gpt-4o-mini is not allowed', (client) => say(client, 'hi')],
    ['provider-access', { deny: ['openai'] }, 'the provider openai is not allowed', (client) => say(client, 'hi')],
    ['quiet-hours', { from: '00:00', to: '00:00' }, 'these are quiet hours', (client) => say(client, 'hi')],
    [
      'spend-rate',
      { limitUsd: '0.00001', per: '10 minutes' },
      'spends fast',
      (client) => say(client, 'word '.repeat(200)),
    ],
  ]
  const CODES: Record<string, string> = {
    'model-access': 'model-not-allowed',
    'provider-access': 'provider-not-allowed',
    'spend-rate': 'cap-reached',
  }
  test.each(cases)('%s', async (guard, options, sentence, ask) => {
    const on = await start([{ id: 'the-rule', guard, ...options }])
    const error = await refused(ask(openai(on)))
    expect(error).toMatchObject({
      status: 402,
      error: { allowance: { code: CODES[guard] ?? guard, rule: 'the-rule' } },
    })
    expect(error?.message).toContain(sentence)
    expect(error?.message).toContain('Rule "the-rule" of policy version 1.')
    expect(on.calls()).toHaveLength(1)
    expect(on.fake.records).toHaveLength(0)
  })

  test('conversation-cap lets a new conversation begin', async () => {
    const on = await start([{ id: 'chat', guard: 'conversation-cap', limitTurns: 2 }])
    for (let turn = 0; turn < 2; turn += 1) await say(openai(on), `turn ${turn}`)
    const error = await refused(say(openai(on), 'one more'))
    expect(error).toMatchObject({ status: 402, error: { allowance: { code: 'conversation-limit' } } })
    expect(error?.message).toContain('has used 2 of 2 turns')
    await say(openai(on, 'session=s2'), 'hello')
  })

  test('loop denies the conversation that loops and no other, until it is resumed', async () => {
    const on = await start([{ id: 'loop', guard: 'loop', repeats: 3 }])
    const turn = (turns: number, tags?: string) =>
      openai(on, tags).chat.completions.create({ model: 'gpt-4o-mini', messages: history(turns) })
    for (let turns = 0; turns < 3; turns += 1) await turn(turns)
    const error = await refused(turn(3))
    expect(error).toMatchObject({ status: 402, error: { allowance: { code: 'loop-detected' } } })
    expect(error?.message).toContain('has called run_tests with the same arguments 3 times')
    expect(error?.message).toContain('allowance resume s1')
    expect(await refused(turn(4))).toMatchObject({ status: 402 })
    await turn(3, 'session=s2')
    await say(openai(on), 'something else')
    on.gateway.books.traffic.resume('s1')
    await turn(4)
  })

  test('retry-storm: the same call failing again and again', async () => {
    const on = await start([{ id: 'storm', guard: 'retry-storm', repeats: 4 }], {
      behaviour: { fail: () => ({ status: 503, body: { error: { message: 'overloaded' } } }) },
    })
    const client = new OpenAI({ apiKey: 'sk', baseURL: `${on.url}/@session=s1/openai/v1`, maxRetries: 0 })
    for (let attempt = 0; attempt < 4; attempt += 1)
      expect(await refused(say(client, 'hi'))).toMatchObject({ status: 503 })
    const error = await refused(say(client, 'hi'))
    expect(error).toMatchObject({ status: 402, error: { allowance: { code: 'retry-storm' } } })
    expect(error?.message).toContain('the same call has failed 4 times')
  })

  test('fan-out counts calls that run side by side, and lets go when they end', async () => {
    const on = await start([{ id: 'fan', guard: 'fan-out', limitParallel: 3 }], { behaviour: { latencyMs: () => 300 } })
    const client = openai(on)
    const results = await Promise.all(
      Array.from({ length: 8 }, (_, n) => refused(say(client, `part ${n}: ${'x'.repeat(n)}`))),
    )
    expect(results.filter((error) => error === null)).toHaveLength(3)
    expect(results.find((error) => error !== null)).toMatchObject({
      status: 402,
      error: { allowance: { code: 'fan-out' } },
    })
    await say(client, 'after')
  })

  test('cache-miss-streak warns in a header', async () => {
    const on = await start([{ id: 'miss', guard: 'cache-miss-streak', repeats: 2, minTokens: 100, action: 'warn' }], {
      behaviour: { inputTokens: () => 500 },
    })
    const client = openai(on)
    const long = 'word '.repeat(300)
    const first = [{ role: 'user' as const, content: long }]
    const turn = (turns: number) =>
      client.chat.completions
        .create({
          model: 'gpt-4o-mini',
          messages: [
            ...first,
            ...Array.from({ length: turns }, (_, n) => ({
              role: 'assistant' as const,
              content: `said ${'x'.repeat(n)}`,
            })),
          ],
        })
        .withResponse()
    for (let turns = 0; turns < 2; turns += 1)
      expect((await turn(turns)).response.headers.get('x-allowance-warning')).toBeNull()
    expect((await turn(2)).response.headers.get('x-allowance-warning')).toContain('miss: ')
  })

  test('token-rate and rate-limit are the only refusals that may be retried, and are not counted themselves', async () => {
    const on = await start([{ id: 'rpm', guard: 'rate-limit', limitCalls: 2, per: '30 seconds' }])
    const client = new OpenAI({ apiKey: 'sk', baseURL: `${on.url}/@session=s1/openai/v1`, maxRetries: 0 })
    for (const text of ['a', 'b']) await say(client, text)
    for (let again = 0; again < 3; again += 1) {
      const error = await refused(say(client, 'c'))
      expect(error).toMatchObject({ status: 429, error: { allowance: { code: 'rate-limited' } } })
      const retryAfter = Number(error?.headers?.get('retry-after'))
      expect(retryAfter).toBeGreaterThan(0)
      expect(retryAfter).toBeLessThanOrEqual(30)
    }
    const [budget] = on.gateway.books.balances.allStates(Date.now())
    expect(budget?.spent).toBe(2)
  })

  test("context-cap is the provider's own context error, with the numbers that agents read", async () => {
    const on = await start([{ id: 'ctx', guard: 'context-cap', limitTokens: 50 }])
    const text = 'word '.repeat(200)
    const viaOpenai = await refused(say(openai(on), text))
    expect(viaOpenai).toMatchObject({ status: 400, code: 'context_length_exceeded' })
    const anthropic = new Anthropic({ apiKey: 'k', baseURL: `${on.url}/anthropic` })
    const viaAnthropic = await refused(
      anthropic.messages.create({
        model: 'claude-sonnet-4-5',
        max_tokens: 10,
        messages: [{ role: 'user', content: text }],
      }),
    )
    expect(viaAnthropic?.status).toBe(400)
    expect(viaAnthropic?.message).toMatch(/prompt is too long: \d+ tokens > 50 maximum/)
    const google = new GoogleGenAI({ apiKey: 'k', httpOptions: { baseUrl: `${on.url}/google` } })
    const viaGoogle = await refused(google.models.generateContent({ model: 'gemini-2.0-flash', contents: text }))
    expect(viaGoogle?.status).toBe(400)
    expect(refusals(on.calls()).map(({ code, contextLimit }) => [code, contextLimit])).toEqual(
      Array.from({ length: 3 }, () => ['context-too-large', 50]),
    )
  })

  test('a rule of one environment or project leaves the others alone', async () => {
    const on = await start([{ id: 'tests', guard: 'model-access', deny: ['*'], scope: { project: 'web' } }])
    expect(await refused(say(openai(on, 'project=web'), 'hi'))).toMatchObject({ status: 402 })
    await say(openai(on, 'project=api'), 'hi')
  })
})
