import { expect, test } from 'vitest'
import { NO_USAGE } from '../../../shared/calls/usage.ts'
import { readerOf, type ResponseCase } from './response-case.ts'

const PLAIN: ResponseCase[] = [
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
