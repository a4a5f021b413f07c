import { describe, expect, test } from 'vitest'
import { NO_USAGE } from '../../../shared/calls/usage.ts'
import { encodeMessage } from '../../../main/core/metering/framing/event-stream-message.ts'
import { createFraming } from '../../../main/core/metering/framing/create-framing.ts'
import { readerOf, type ResponseCase } from './response-case.ts'

const json = (value: unknown) => JSON.stringify(value)
const sse = (...values: unknown[]) =>
  values.map((value) => `data: ${typeof value === 'string' ? value : json(value)}\n\n`).join('')
const named = (...values: { type: string }[]) =>
  values.map((value) => `event: ${value.type}\ndata: ${json(value)}\n\n`).join('')

const STREAMS: (ResponseCase & { contentType?: string; body: string | Uint8Array })[] = [
  {
    name: 'a chat stream: the last usage wins, nothing is summed',
    to: ['openai', '/v1/chat/completions'],
    body: sse(
      {
        id: 'c1',
        model: 'gpt',
        choices: [{ delta: { content: 'h€' } }],
        usage: { prompt_tokens: 5, completion_tokens: 1 },
      },
      {
        id: 'c1',
        choices: [{ delta: { reasoning_content: 'why' }, finish_reason: 'stop' }],
        usage: { prompt_tokens: 5, completion_tokens: 2 },
      },
      { choices: [], usage: { prompt_tokens: 5, completion_tokens: 3 } },
      '[DONE]',
    ),
    usage: { uncachedInput: 5, output: 3 },
    reading: {
      roughOutputTokens: expect.any(Number) as number,
      outputText: 'h€why',
      finishReason: 'stop',
      done: true,
      responseId: 'c1',
    },
  },
  {
    name: 'Groq puts it aside',
    to: ['groq', '/openai/v1/chat/completions'],
    body: sse(
      {
        choices: [{ delta: {}, finish_reason: 'stop' }],
        x_groq: { usage: { prompt_tokens: 4, completion_tokens: 2 } },
      },
      '[DONE]',
    ),
    usage: { uncachedInput: 4, output: 2 },
  },
  {
    name: 'an error in a chat stream',
    to: ['openai', '/v1/chat/completions'],
    body: sse({ choices: [{ delta: { content: 'a' } }] }, { error: { message: 'broke' } }),
    usage: null,
    reading: { failed: true, done: false },
  },
  {
    name: 'Anthropic is cumulative: hour-long writes of the start survive the end',
    to: ['anthropic', '/v1/messages'],
    body: named(
      {
        type: 'message_start',
        message: {
          id: 'm1',
          model: 'claude',
          usage: {
            input_tokens: 3,
            cache_creation_input_tokens: 9,
            cache_creation: { ephemeral_1h_input_tokens: 9 },
            output_tokens: 1,
          },
        },
      } as { type: string },
      { type: 'content_block_start', content_block: { type: 'tool_use', name: 'bash', input: {} } } as { type: string },
      { type: 'content_block_delta', delta: { type: 'input_json_delta', partial_json: '{"a":' } } as { type: string },
      { type: 'message_delta', delta: { stop_reason: 'tool_use' }, usage: { input_tokens: 3, output_tokens: 20 } } as {
        type: string
      },
      { type: 'message_stop' },
    ),
    usage: { uncachedInput: 3, cacheWrite1h: 9, output: 20 },
    reading: {
      toolCalls: ['bash'],
      roughOutputTokens: expect.any(Number) as number,
      finishReason: 'tool_use',
      done: true,
    },
  },
  {
    name: 'a Responses stream, with a search that is charged by piece',
    to: ['openai', '/v1/responses'],
    body: named(
      { type: 'response.created', response: { id: 'r1', status: 'in_progress', model: 'gpt-5' } } as { type: string },
      { type: 'response.output_item.done', item: { type: 'web_search_call' } } as { type: string },
      { type: 'response.output_text.delta', delta: 'hey' } as { type: string },
      {
        type: 'response.completed',
        response: {
          id: 'r1',
          status: 'completed',
          usage: { input_tokens: 9, output_tokens: 8, input_tokens_details: { cached_tokens: 4 } },
        },
      } as { type: string },
    ),
    usage: { uncachedInput: 5, cacheRead: 4, output: 8 },
    reading: {
      toolUses: { web_search: 1 },
      roughOutputTokens: expect.any(Number) as number,
      pending: false,
      done: true,
      finishReason: 'completed',
    },
  },
  {
    name: 'a Gemini stream goes on after its finish reason',
    to: ['google', '/v1beta/models/gemini-2.5-flash:streamGenerateContent'],
    body: sse(
      {
        candidates: [{ content: { parts: [{ text: 'a' }] }, finishReason: 'STOP' }],
        usageMetadata: { promptTokenCount: 2, candidatesTokenCount: 1 },
      },
      { usageMetadata: { promptTokenCount: 5, candidatesTokenCount: 3, thoughtsTokenCount: 4 } },
    ),
    usage: { uncachedInput: 5, output: 7, reasoning: 4 },
    reading: { done: false, finishReason: 'STOP' },
  },
  {
    name: 'a Gemini array',
    contentType: 'application/json',
    to: ['google', '/v1beta/models/gemini-2.5-flash:streamGenerateContent'],
    body: json([{ candidates: [] }, { usageMetadata: { promptTokenCount: 5, candidatesTokenCount: 3 } }]),
    usage: { uncachedInput: 5, output: 3 },
  },
  {
    name: 'Ollama lines',
    contentType: 'application/x-ndjson',
    to: ['ollama', '/api/chat'],
    body: `${json({ message: { content: 'ab' }, done: false })}\n${json({ done: true, done_reason: 'stop', prompt_eval_count: 3, eval_count: 4 })}\n`,
    usage: { uncachedInput: 3, output: 4 },
    reading: { roughOutputTokens: expect.any(Number) as number, done: true },
  },
  {
    name: 'a Cohere stream',
    to: ['cohere', '/v2/chat'],
    body: named(
      { type: 'content-delta', delta: { message: { content: { text: 'yo' } } } } as { type: string },
      {
        type: 'message-end',
        delta: { finish_reason: 'COMPLETE', usage: { billed_units: { input_tokens: 3, output_tokens: 1 } } },
      } as { type: string },
    ),
    usage: { uncachedInput: 3, output: 1 },
    reading: { roughOutputTokens: expect.any(Number) as number, done: true, failed: false },
  },
  {
    name: "Claude inside Bedrock's stream: its own report before Bedrock's count",
    contentType: 'application/vnd.amazon.eventstream',
    to: ['bedrock', '/model/anthropic.claude/invoke-with-response-stream'],
    body: Buffer.concat(
      [
        { type: 'message_start', message: { usage: { input_tokens: 7, output_tokens: 1 } } },
        { type: 'content_block_delta', delta: { text: 'hi' } },
        { type: 'message_delta', usage: { output_tokens: 30 } },
        { type: 'message_stop', 'amazon-bedrock-invocationMetrics': { inputTokenCount: 7, outputTokenCount: 21 } },
      ].map((event) =>
        encodeMessage(
          { ':event-type': 'chunk' },
          Buffer.from(json({ bytes: Buffer.from(json(event)).toString('base64') })),
        ),
      ),
    ),
    usage: { uncachedInput: 7, output: 30 },
    reading: { roughOutputTokens: expect.any(Number) as number, done: true },
  },
  {
    name: 'ConverseStream reports at its end',
    contentType: 'application/vnd.amazon.eventstream',
    to: ['bedrock', '/model/m/converse-stream'],
    body: Buffer.concat([
      encodeMessage({ ':event-type': 'contentBlockDelta' }, Buffer.from('{"delta":{"text":"hi"}}')),
      encodeMessage({ ':event-type': 'metadata' }, Buffer.from('{"usage":{"inputTokens":7,"outputTokens":3}}')),
    ]),
    usage: { uncachedInput: 7, output: 3 },
    reading: { roughOutputTokens: expect.any(Number) as number, done: true },
  },
]

describe.each(STREAMS)('$name', ({ to, contentType = 'text/event-stream', body, usage, reading = {} }) => {
  test('reads the same wherever it is cut', () => {
    const bytes = typeof body === 'string' ? new TextEncoder().encode(body) : new Uint8Array(body)
    for (let cut = 0; cut < bytes.length; cut++) {
      const reader = readerOf(to, { stream: true })
      const framing = createFraming(contentType)
      for (const frame of [
        ...framing.push(bytes.slice(0, cut)),
        ...framing.push(bytes.slice(cut)),
        ...framing.finish(),
      ]) {
        reader.event(frame.name, frame.value)
      }
      expect(reader.reading().usage).toEqual(usage === null ? null : { ...NO_USAGE, ...usage })
      expect(reader.reading()).toMatchObject(reading)
    }
  })
})

test('only the chunk that our question added is ours', () => {
  const reader = readerOf(['openai', '/v1/chat/completions'], {})
  const usage = { prompt_tokens: 1, completion_tokens: 1 }
  expect(reader.isOurs?.({ choices: [], usage })).toBe(true)
  expect(reader.isOurs?.({ choices: [{ delta: {} }], usage })).toBe(false)
  expect(reader.isOurs?.({ choices: [], prompt_filter_results: [] })).toBe(false)
  expect(reader.isOurs?.('[DONE]')).toBe(false)
})
