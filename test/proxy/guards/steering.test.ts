import Anthropic from '@anthropic-ai/sdk'
import { GoogleGenAI } from '@google/genai'
import OpenAI from 'openai'
import { afterEach, describe, expect, test } from 'vitest'
import { appendToBody } from '../../../main/proxy/passage/edit-body.ts'
import { responsesNotice } from '../../../main/core/providers/requests/notice-place.ts'
import { steeringNotice } from '../../../main/core/policy/decision/steering.ts'
import { type Harness, startHarness } from '../../support/gateway/gateway-harness.ts'

let harness: Harness | null = null
afterEach(async () => {
  await harness?.stop()
  harness = null
})

/** 100,000 tokens of gpt-4o at $2.50 a million are $0.25: the second call is past half of the budget. */
async function start(steering?: { at: number[] }) {
  harness = await startHarness({
    behaviour: { latencyMs: () => 0, outputTokens: () => 5, inputTokens: () => 100_000 },
    policy: {
      schema: 1,
      version: 1,
      timezone: 'UTC',
      rules: [{ id: 'daily', guard: 'spend-cap', limitUsd: '0.45', per: 'day' }],
      ...(steering ? { steering } : {}),
    },
  })
  const openai = new OpenAI({ apiKey: 'sk', baseURL: `${harness.url}/openai/v1` })
  await openai.chat.completions.create({
    model: 'gpt-4o',
    max_tokens: 300,
    messages: [{ role: 'user', content: 'the first' }],
  })
  return { on: harness, openai }
}
const bodyOf = (on: Harness) => on.fake.records.at(-1)?.body as Record<string, unknown[]> & { system?: unknown }
const notice = expect.stringMatching(/^\[Allowance\] 55 % of the budget is used \(\$0\.25 of \$0\.45\)\. Finish/)

describe('steering', () => {
  test('is off unless the policy asks for it', async () => {
    const { on, openai } = await start()
    await openai.chat.completions.create({
      model: 'gpt-4o',
      max_tokens: 300,
      messages: [{ role: 'user', content: 'hi' }],
    })
    expect(bodyOf(on)['messages']).toEqual([{ role: 'user', content: 'hi' }])
  })

  test('tells an agent after its last turn, and says so on the record and in the response', async () => {
    const { on, openai } = await start({ at: [0.5, 0.9] })
    expect(bodyOf(on)['messages']).toHaveLength(1)
    const { response } = await openai.chat.completions
      .create({
        model: 'gpt-4o',
        max_tokens: 300,
        messages: [
          { role: 'system', content: 's' },
          { role: 'user', content: 'hi' },
        ],
      })
      .withResponse()
    expect(bodyOf(on)['messages']).toEqual([
      { role: 'system', content: 's' },
      { role: 'user', content: 'hi' },
      { role: 'user', content: notice },
    ])
    expect(response.headers.get('x-allowance-warning')).toContain('the agent was told at 50 %')
    expect(on.calls().at(-1)?.verdicts).toMatchObject([{ guard: 'steering', rule: 'daily', verdict: 'warn' }])
  })

  describe('over the Responses API', () => {
    const said = { type: 'message', role: 'user', content: [{ type: 'input_text', text: notice }] }
    const user = { role: 'user' as const, content: 'hi' }
    const output = { type: 'function_call_output' as const, call_id: 'c1', output: 'files' }
    const called = { type: 'function_call' as const, call_id: 'c1', name: 'ls', arguments: '{}' }
    const answer = { role: 'assistant' as const, content: 'hello' }

    test.each<[string, Partial<OpenAI.Responses.ResponseCreateParamsNonStreaming>, unknown]>([
      ['behind a text', { input: 'hi' }, [user, said]],
      ["behind a user's turn", { input: [user] }, [user, said]],
      ['behind what a tool answered', { input: [user, called, output] }, [user, called, output, said]],
      ['not behind an answer of the model', { input: [user, answer] }, [user, answer]],
    ])('%s', async (_name, asked, sent) => {
      const { on, openai } = await start({ at: [0.5] })
      await openai.responses.create({ model: 'gpt-4o', max_output_tokens: 300, instructions: 'be brief', ...asked })
      expect(bodyOf(on)).toEqual({
        model: 'gpt-4o',
        max_output_tokens: 300,
        instructions: 'be brief',
        ...asked,
        input: sent,
      })
      const told = Array.isArray(sent) && sent.includes(said)
      expect(on.calls().at(-1)?.verdicts).toEqual(told ? [expect.objectContaining({ guard: 'steering' })] : [])
    })

    test.each([
      [{ input: 'hi', previous_response_id: 'resp_1' }],
      [{ input: [user], conversation: 'conv_1' }],
      [{ input: [user, { type: 'compaction_trigger' }] }],
      [{ input: [] }],
      [{}],
    ])('not into a history that the provider keeps, nor where there is no turn: %j', (body) => {
      expect(responsesNotice(body, 'n')).toBeNull()
    })

    test('keeps every byte before it, so that the cached prefix stays', async () => {
      const raw =
        '{ "model":"gpt-4o", "instructions" : "s",  "input":[ {"role":"user", "content":"h\\u00e9"} ],"max_output_tokens":300}'
      const place = responsesNotice(JSON.parse(raw), 'n')
      const edited = appendToBody(Buffer.from(raw), place ?? { path: [], value: null }).toString()
      expect(edited.startsWith(raw.slice(0, raw.indexOf(' ],')))).toBe(true)
      expect(JSON.parse(edited).input).toHaveLength(2)
    })
  })

  test('comes after what the client marked for the cache, and never into the system prompt', async () => {
    const { on } = await start({ at: [0.5] })
    const anthropic = new Anthropic({ apiKey: 'k', baseURL: `${on.url}/anthropic` })
    const cached = { type: 'text' as const, text: 'long', cache_control: { type: 'ephemeral' as const } }
    await anthropic.messages.create({
      model: 'claude-3-5-haiku-latest',
      max_tokens: 300,
      system: [cached],
      messages: [{ role: 'user', content: [cached] }],
    })
    expect(bodyOf(on).system).toEqual([cached])
    expect(bodyOf(on)['messages']).toEqual([
      { role: 'user', content: [cached, { type: 'text', text: expect.stringContaining('[Allowance]') }] },
    ])
  })

  test('leaves answers of functions alone, where their number has to be right', async () => {
    const { on } = await start({ at: [0.5] })
    const google = new GoogleGenAI({ apiKey: 'k', httpOptions: { baseUrl: `${on.url}/google` } })
    const ask = (parts: object[]) =>
      google.models.generateContent({
        model: 'gemini-2.0-flash',
        contents: [{ role: 'user', parts }],
        config: { maxOutputTokens: 300 },
      })
    await ask([{ text: 'hi' }])
    expect(bodyOf(on)['contents']).toEqual([
      { role: 'user', parts: [{ text: 'hi' }, { text: expect.stringContaining('[Allowance]') }] },
    ])
    await ask([{ functionResponse: { name: 'f', response: {} } }])
    expect(bodyOf(on)['contents']).toEqual([
      { role: 'user', parts: [{ functionResponse: { name: 'f', response: {} } }] },
    ])
    expect(on.calls().at(-1)?.verdicts).toEqual([])
  })
})

test('the notice is about the budget that is nearest to its end', () => {
  const budget = (id: string, spent: number) => ({
    rule: { id, guard: 'spend-cap' },
    unit: 'usd' as const,
    key: null,
    window: { startMs: 0, endMs: 1, rolling: false },
    limit: 100e9,
    raised: 0,
    spent,
    held: 0,
  })
  expect(steeringNotice([budget('a', 10e9), budget('b', 79e9)], [0.8, 0.95])).toBeNull()
  expect(steeringNotice([budget('a', 96e9), budget('b', 85e9)], [0.8, 0.95])).toMatchObject({ rule: 'a', at: 0.95 })
  expect(steeringNotice([budget('a', 96e9)], [])).toBeNull()
  expect(steeringNotice([], [0.8])).toBeNull()
})

describe('an element at the end of a list, every other byte as it came', () => {
  const append = (body: string, path: (string | -1)[]) =>
    appendToBody(Buffer.from(body), { path, value: { x: 1 } }).toString()
  test.each<[string, (string | -1)[], string]>([
    ['{"a":[1, 2 ] }', ['a'], '{"a":[1, 2 ,{"x":1}] }'],
    ['{"a":[]}', ['a'], '{"a":[{"x":1}]}'],
    ['{"m":[{"c":"]"}, {"c":["[\\"", true]}\n]}', ['m', -1, 'c'], '{"m":[{"c":"]"}, {"c":["[\\"", true,{"x":1}]}\n]}'],
    ['{"a":"text"}', ['a'], '{"a":"text"}'],
    ['{"b":1}', ['a'], '{"b":1}'],
    ['{"m":[]}', ['m', -1, 'c'], '{"m":[]}'],
  ])('%s', (body, path, expected) => {
    expect(append(body, path)).toBe(expected)
  })

  test('or behind a text that may stand there instead', () => {
    const textAs = { before: '{"t":', after: '}' }
    const edited = appendToBody(Buffer.from('{"a": "say \\"hi\\" é" ,"b":1}'), { path: ['a'], value: { x: 1 }, textAs })
    expect(edited.toString()).toBe('{"a": [{"t":"say \\"hi\\" é"},{"x":1}] ,"b":1}')
  })
})
