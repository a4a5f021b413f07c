import OpenAI from 'openai'
import Anthropic from '@anthropic-ai/sdk'
import { GoogleGenAI } from '@google/genai'
import { afterEach, describe, expect, test } from 'vitest'
import { type Harness, startHarness } from '../support/gateway/gateway-harness.ts'

let harness: Harness | null = null
afterEach(async () => {
  await harness?.stop()
  harness = null
})

describe('real SDKs by base URL', () => {
  test("a chat completion is metered from the provider's own usage and priced", async () => {
    harness = await startHarness({
      behaviour: { inputTokens: () => 1_000, cachedTokens: () => 400, outputTokens: () => 50 },
    })
    const client = new OpenAI({ apiKey: 'sk-test', baseURL: `${harness.url}/@project=web,session=s1/openai/v1` })
    const answer = await client.chat.completions.create({
      model: 'gpt-4o-mini',
      messages: [{ role: 'user', content: 'hello' }],
    })
    expect(answer.usage?.completion_tokens).toBe(50)
    const call = await harness.waitFor((record) => record.state === 'settled')
    expect(call).toMatchObject({
      provider: 'openai',
      api: 'chat.completions',
      requestModel: 'gpt-4o-mini',
      stream: false,
      kind: 'prompt',
      billing: 'metered',
      usage: { uncachedInput: 600, cacheRead: 400, output: 50, source: 'reported' },
      // 600 × $0.15/M + 400 × $0.075/M + 50 × $0.60/M
      costUsd: '0.000150000',
      priced: 'exact',
      httpStatus: 200,
      ending: 'complete',
      attribution: { developer: 'ada@acme.dev', project: 'web', session: 's1' },
    })
  })

  test('a stream passes with its usage asked for and taken out again', async () => {
    harness = await startHarness({ behaviour: { outputTokens: () => 40, chunkTokens: () => 7 } })
    const client = new OpenAI({ apiKey: 'sk-test', baseURL: `${harness.url}/openai/v1` })
    const stream = await client.chat.completions.create({
      model: 'gpt-4o-mini',
      stream: true,
      messages: [{ role: 'user', content: 'hi' }],
    })
    let text = ''
    for await (const chunk of stream) {
      expect(chunk.choices).toHaveLength(1)
      text += chunk.choices[0]?.delta.content ?? ''
    }
    expect(text.trim().split(' ')).toHaveLength(40)
    const call = await harness.waitFor((record) => record.state === 'settled')
    expect(call).toMatchObject({ stream: true, usage: { output: 40, source: 'reported' }, ending: 'complete' })
    expect((harness.fake.records[0]?.body as { stream_options?: unknown } | undefined)?.stream_options).toEqual({
      include_usage: true,
    })
  })

  test('Anthropic, Responses, embeddings and Gemini, plain and streamed', async () => {
    harness = await startHarness({ behaviour: { outputTokens: () => 25, inputTokens: () => 100 } })
    const openai = new OpenAI({ apiKey: 'sk-test', baseURL: `${harness.url}/openai/v1` })
    const anthropic = new Anthropic({ apiKey: 'sk-ant', baseURL: `${harness.url}/anthropic` })
    const google = new GoogleGenAI({ apiKey: 'g-key', httpOptions: { baseUrl: `${harness.url}/google` } })
    const messages = [{ role: 'user' as const, content: 'hello there' }]
    await anthropic.messages.create({ model: 'claude-sonnet-4-5', max_tokens: 100, messages })
    const anthropicStream = anthropic.messages.stream({ model: 'claude-sonnet-4-5', max_tokens: 100, messages })
    expect((await anthropicStream.finalMessage()).usage.output_tokens).toBe(25)
    await openai.responses.create({ model: 'gpt-4.1', input: 'hello' })
    for await (const event of await openai.responses.create({ model: 'gpt-4.1', input: 'hello', stream: true }))
      expect(event.type).toBeTruthy()
    await openai.embeddings.create({ model: 'text-embedding-3-small', input: 'hello', encoding_format: 'float' })
    await google.models.generateContent({ model: 'gemini-2.0-flash', contents: 'hello' })
    for await (const chunk of await google.models.generateContentStream({
      model: 'gemini-2.0-flash',
      contents: 'hello',
    }))
      expect(chunk).toBeTruthy()
    const calls = harness.calls()
    expect(
      calls.map(({ provider, api, state, usage }) => [
        provider,
        api,
        state,
        usage?.uncachedInput,
        usage?.output,
        usage?.source,
      ]),
    ).toEqual([
      ['anthropic', 'messages', 'settled', 100, 25, 'reported'],
      ['anthropic', 'messages', 'settled', 100, 25, 'reported'],
      ['openai', 'responses', 'settled', 100, 25, 'reported'],
      ['openai', 'responses', 'settled', 100, 25, 'reported'],
      ['openai', 'embeddings', 'settled', 100, 0, 'reported'],
      ['google', 'generateContent', 'settled', 100, 25, 'reported'],
      ['google', 'streamGenerateContent', 'settled', 100, 25, 'reported'],
    ])
    for (const call of calls) expect(Number(call.costUsd)).toBeGreaterThan(0)
  })

  test('a reached cap is one request and one clear sentence', async () => {
    harness = await startHarness({
      behaviour: { outputTokens: () => 1_000, inputTokens: () => 100 },
      rules: [{ id: 'daily', guard: 'spend-cap', limitUsd: '0.02', per: 'day' }],
    })
    const client = new OpenAI({ apiKey: 'sk-test', baseURL: `${harness.url}/openai/v1` })
    const ask = () =>
      client.chat.completions.create({
        model: 'gpt-4o',
        max_tokens: 1_500,
        messages: [{ role: 'user', content: 'hello' }],
      })
    await ask()
    const last = await ask()
      .then(
        () => ask(),
        (error: unknown) => Promise.reject(error as Error),
      )
      .catch((error: unknown) => error)
    expect(last).toMatchObject({ status: 402 })
    expect(String(last)).toContain('spend cap reached')
    expect(String(last)).toContain('Rule "daily" of policy version 1')
    expect(harness.calls().filter((call) => call.state === 'refused')).toHaveLength(1)
  })
})
