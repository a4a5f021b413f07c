import { describe, expect, test } from 'vitest'
import { NO_USAGE, type Usage } from '../../../shared/calls/usage.ts'
import { encodeMessage } from '../../../main/core/metering/framing/event-stream-message.ts'
import { createFraming } from '../../../main/core/metering/framing/create-framing.ts'
import type { Reading } from '../../../main/core/metering/usage/usage-reader.ts'
import { providerById } from '../../../main/core/providers/registry.ts'

interface Case {
  name: string
  to: [provider: string, path: string]
  request?: unknown
  body: unknown
  headers?: Record<string, string>
  usage: Partial<Usage> | null
  reading?: Partial<Reading>
}

const PLAIN: Case[] = [
  {
    name: 'OpenAI counts cached input inside the prompt and reasoning inside the completion',
    to: ['openai', '/v1/chat/completions'],
    body: {
      id: 'c1',
      model: 'gpt-5-mini-2025',
      choices: [
        {
          message: { content: 'hi', tool_calls: [{ function: { name: 'f', arguments: '{}' } }] },
          finish_reason: 'stop',
        },
      ],
      usage: {
        prompt_tokens: 100,
        completion_tokens: 50,
        total_tokens: 150,
        prompt_tokens_details: { cached_tokens: 80, audio_tokens: 4 },
        completion_tokens_details: { reasoning_tokens: 40, audio_tokens: 3 },
      },
    },
    usage: { uncachedInput: 20, cacheRead: 80, output: 50, reasoning: 40, audioInput: 4, audioOutput: 3 },
    reading: {
      responseId: 'c1',
      responseModel: 'gpt-5-mini-2025',
      finishReason: 'stop',
      toolCalls: ['f'],
      roughOutputTokens: expect.any(Number) as number,
      done: true,
      failed: false,
    },
  },
  {
    name: 'more cached tokens than tokens never make a bucket negative',
    to: ['azure', '/models/chat/completions'],
    body: { usage: { prompt_tokens: 10, completion_tokens: 2, prompt_tokens_details: { cached_tokens: 161 } } },
    usage: { cacheRead: 10, output: 2 },
  },
  {
    name: 'DeepSeek says hit and miss',
    to: ['deepseek', '/chat/completions'],
    body: {
      usage: { prompt_tokens: 30, completion_tokens: 2, prompt_cache_hit_tokens: 20, prompt_cache_miss_tokens: 10 },
    },
    usage: { uncachedInput: 10, cacheRead: 20, output: 2 },
  },
  {
    name: 'xAI leaves reasoning out of the completion and states its cost in ticks',
    to: ['xai', '/v1/chat/completions'],
    body: {
      usage: {
        prompt_tokens: 12,
        completion_tokens: 2,
        total_tokens: 354,
        cost_in_usd_ticks: 1_721_255,
        completion_tokens_details: { reasoning_tokens: 340 },
      },
    },
    usage: { uncachedInput: 12, output: 342, reasoning: 340 },
    reading: { providerCostNanos: 172_126 },
  },
  {
    name: "Vercel's gateway leaves reasoning out wherever reasoning alone is more",
    to: ['vercel-gateway', '/v1/chat/completions'],
    body: {
      usage: {
        prompt_tokens: 61,
        completion_tokens: 10,
        total_tokens: 71,
        cost: 0.0002833,
        completion_tokens_details: { reasoning_tokens: 96 },
      },
    },
    usage: { uncachedInput: 61, output: 106, reasoning: 96 },
    reading: { providerCostNanos: 283_300 },
  },
  {
    name: "Gemini's OpenAI-compatible API shows thinking only in its total",
    to: ['google', '/v1beta/openai/chat/completions'],
    body: { usage: { prompt_tokens: 10, completion_tokens: 5, total_tokens: 95 } },
    usage: { uncachedInput: 10, output: 85 },
  },
  {
    name: 'OpenRouter states its cost, and with the own key of the caller what the provider takes besides',
    to: ['openrouter', '/api/v1/chat/completions'],
    body: {
      usage: {
        prompt_tokens: 1,
        completion_tokens: 1,
        cost: 0.00001,
        is_byok: true,
        cost_details: { upstream_inference_cost: 0.0003 },
      },
    },
    usage: { uncachedInput: 1, output: 1 },
    reading: { providerCostNanos: 310_000 },
  },
  {
    name: 'Perplexity states its cost in an object',
    to: ['perplexity', '/chat/completions'],
    body: { usage: { prompt_tokens: 1, completion_tokens: 1, cost: { input_tokens_cost: 0, total_cost: 0.005 } } },
    usage: { uncachedInput: 1, output: 1 },
    reading: { providerCostNanos: 5_000_000 },
  },
  {
    name: 'Mistral counts audio beside the prompt',
    to: ['mistral', '/v1/chat/completions'],
    body: {
      usage: {
        prompt_tokens: 9,
        completion_tokens: 201,
        total_tokens: 585,
        prompt_tokens_details: { audio_tokens: 375 },
      },
    },
    usage: { uncachedInput: 384, output: 201, audioInput: 375 },
  },
  {
    name: 'Anthropic counts cache reads and writes beside the input, and writes by their life',
    to: ['anthropic', '/messages'],
    body: {
      id: 'm1',
      type: 'message',
      stop_reason: 'end_turn',
      usage: {
        input_tokens: 5,
        output_tokens: 7,
        cache_read_input_tokens: 100,
        cache_creation_input_tokens: 60,
        cache_creation: { ephemeral_5m_input_tokens: 40, ephemeral_1h_input_tokens: 20 },
        server_tool_use: { web_search_requests: 2 },
      },
    },
    usage: { uncachedInput: 5, cacheRead: 100, cacheWrite5m: 40, cacheWrite1h: 20, output: 7 },
    reading: { toolUses: { web_search: 2 }, finishReason: 'end_turn' },
  },
  {
    name: 'Anthropic bills every iteration of a compacted call',
    to: ['anthropic', '/v1/messages'],
    body: {
      usage: {
        input_tokens: 10,
        output_tokens: 5,
        iterations: [
          { input_tokens: 90, output_tokens: 30 },
          { input_tokens: 10, output_tokens: 5 },
        ],
      },
    },
    usage: { uncachedInput: 100, output: 35 },
  },
  {
    name: 'Gemini counts thoughts beside the candidates and what tools fetched beside the prompt',
    to: ['google', '/v1beta/models/gemini-2.5-flash:generateContent'],
    body: {
      modelVersion: 'gemini-2.5-flash',
      candidates: [
        { content: { parts: [{ text: 'hi' }, { functionCall: { name: 'g', args: {} } }] }, finishReason: 'STOP' },
      ],
      usageMetadata: {
        promptTokenCount: 100,
        cachedContentTokenCount: 60,
        toolUsePromptTokenCount: 7,
        candidatesTokenCount: 10,
        thoughtsTokenCount: 20,
        promptTokensDetails: [{ modality: 'AUDIO', tokenCount: 9 }],
      },
    },
    usage: { uncachedInput: 47, cacheRead: 60, output: 30, reasoning: 20, audioInput: 9 },
    reading: { toolCalls: ['g'], finishReason: 'STOP' },
  },
  {
    name: 'Responses in the background are not over',
    to: ['openai', '/v1/responses'],
    body: { id: 'resp_1', status: 'queued', usage: null },
    usage: null,
    reading: { pending: true, responseId: 'resp_1' },
  },
  {
    name: 'Bedrock Converse keeps the hour-long writes apart',
    to: ['bedrock', '/model/m/converse'],
    body: {
      usage: {
        inputTokens: 3,
        outputTokens: 4,
        cacheReadInputTokens: 50,
        cacheWriteInputTokens: 30,
        cacheDetails: [{ ttl: '1h', inputTokens: 10 }],
      },
    },
    usage: { uncachedInput: 3, cacheRead: 50, cacheWrite5m: 20, cacheWrite1h: 10, output: 4 },
  },
  {
    name: 'Bedrock InvokeModel may report in its headers alone',
    to: ['bedrock', '/model/cohere.embed-v4:0/invoke'],
    body: { embeddings: [[1]] },
    headers: { 'x-amzn-bedrock-input-token-count': '4' },
    usage: { uncachedInput: 4 },
  },
  {
    name: 'Cohere bills units, not tokens',
    to: ['cohere', '/v2/chat'],
    body: {
      id: 'x',
      usage: {
        billed_units: { input_tokens: 13, output_tokens: 61 },
        tokens: { input_tokens: 542, output_tokens: 63 },
      },
    },
    usage: { uncachedInput: 13, output: 61 },
  },
  {
    name: 'a rerank is charged by the search',
    to: ['cohere', '/v2/rerank'],
    body: { meta: { billed_units: { search_units: 2 } } },
    usage: {},
    reading: { toolUses: { search_units: 2 } },
  },
  {
    name: 'Ollama',
    to: ['ollama', '/api/chat'],
    body: { model: 'l', message: { content: 'x' }, done: true, prompt_eval_count: 3, eval_count: 4 },
    usage: { uncachedInput: 3, output: 4 },
  },
  {
    name: 'embeddings',
    to: ['voyage', '/v1/embeddings'],
    body: { usage: { total_tokens: 8 } },
    usage: { uncachedInput: 8 },
  },
  {
    name: 'an error has no usage',
    to: ['openai', '/v1/chat/completions'],
    body: { error: { message: 'no' } },
    usage: null,
    reading: { failed: true },
  },
  { name: 'what is no answer at all', to: ['openai', '/v1/chat/completions'], body: ['x', null, 3], usage: null },
]

test.each(PLAIN)('$name', ({ to, request = {}, body, headers = {}, usage, reading = {} }) => {
  const reader = readerOf(to, request)
  reader.body(body, headers, 200)
  expect(reader.reading().usage).toEqual(usage === null ? null : { ...NO_USAGE, ...usage })
  expect(reader.reading()).toMatchObject(reading)
})

const json = (value: unknown) => JSON.stringify(value)
const sse = (...values: unknown[]) =>
  values.map((value) => `data: ${typeof value === 'string' ? value : json(value)}\n\n`).join('')
const named = (...values: { type: string }[]) =>
  values.map((value) => `event: ${value.type}\ndata: ${json(value)}\n\n`).join('')

const STREAMS: (Case & { contentType?: string; body: string | Uint8Array })[] = [
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

function readerOf([id, path]: [string, string], body: unknown) {
  const provider = providerById(id)
  const head = {
    method: 'POST',
    path: provider?.normalizePath?.(path) ?? path,
    query: new URLSearchParams(),
    headers: {},
  }
  const dialect = provider?.dialects.find((candidate) => candidate.matches(head))
  if (!dialect) throw new Error(`no dialect for ${id} ${path}`)
  return dialect.createReader(dialect.readRequest(head, body))
}
