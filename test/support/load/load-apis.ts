import type { FakeRates } from '../providers/fake-provider.ts'

/** One call of a crowd, as an API wants it written, and what its far end bills: in nano-dollars per million tokens. */
export interface LoadApi {
  model: string
  /** The same API with a model that reasons and shows nothing of it. */
  reasoningModel: string
  rates: Readonly<Record<string, FakeRates>>
  path(model: string, stream: boolean): string
  body(call: LoadCall): Record<string, unknown>
  /** Stands in every whole stream, clamped or not. */
  terminator: RegExp
  /** What its cache takes costs extra, and takes place wherever a prefix is not read from it. */
  writes?: boolean
}

export interface LoadMessage {
  role: 'user' | 'assistant'
  content: string
}

export interface LoadCall {
  model: string
  messages: readonly LoadMessage[]
  stream: boolean
  maxOutputTokens: number | null
  /** Asks for its prompt to be cached, where an API wants to be asked. */
  isCached: boolean
}

const usd = (input: number, output: number, cached: number, written = input): FakeRates => ({
  input: Math.round(input * 1e9),
  output: Math.round(output * 1e9),
  cached: Math.round(cached * 1e9),
  written: Math.round(written * 1e9),
})

const CHAT: Pick<LoadApi, 'path' | 'body' | 'terminator'> = {
  path: () => '/openai/v1/chat/completions',
  body: ({ model, messages, stream, maxOutputTokens }) => ({
    model,
    messages,
    ...(stream ? { stream } : {}),
    ...(maxOutputTokens ? { max_completion_tokens: maxOutputTokens } : {}),
  }),
  terminator: /\[DONE\]/,
}

const OPENAI_RATES = { 'gpt-4o': usd(2.5, 10, 1.25), 'gpt-5': usd(1.25, 10, 0.125) }
const BEDROCK_CLAUDE = 'us.anthropic.claude-sonnet-4-5-20250929-v1:0'

export const LOAD_APIS = {
  chat: { ...CHAT, model: 'gpt-4o', reasoningModel: 'gpt-5', rates: OPENAI_RATES },
  /** A model of OpenAI's that charges for what its cache takes by itself. */
  'chat-writes': {
    ...CHAT,
    model: 'gpt-5.6',
    reasoningModel: 'gpt-5.6',
    rates: { 'gpt-5.6': usd(4, 20, 0.4, 5) },
    writes: true,
  },
  responses: {
    model: 'gpt-4o',
    reasoningModel: 'gpt-5',
    rates: OPENAI_RATES,
    path: () => '/openai/v1/responses',
    body: ({ model, messages, stream, maxOutputTokens }) => ({
      model,
      input: messages,
      ...(stream ? { stream } : {}),
      ...(maxOutputTokens ? { max_output_tokens: maxOutputTokens } : {}),
    }),
    terminator: /event: response\.(?:completed|incomplete)/,
  },
  messages: {
    model: 'claude-sonnet-4-5',
    reasoningModel: 'claude-sonnet-4-5',
    rates: { 'claude-sonnet-4-5': usd(3, 15, 0.3, 3.75) },
    path: () => '/anthropic/v1/messages',
    // Anthropic's API wants a maximum always.
    body: ({ model, messages, stream, maxOutputTokens, isCached }) => ({
      model,
      messages,
      max_tokens: maxOutputTokens ?? 32_000,
      ...(stream ? { stream } : {}),
      ...(isCached ? { cache_control: { type: 'ephemeral' } } : {}),
    }),
    terminator: /message_stop/,
    writes: true,
  },
  gemini: {
    model: 'gemini-2.5-pro',
    reasoningModel: 'gemini-2.5-pro',
    rates: { 'gemini-2.5-pro': usd(1.25, 10, 0.125) },
    path: (model, stream) =>
      `/google/v1beta/models/${model}:${stream ? 'streamGenerateContent?alt=sse' : 'generateContent'}`,
    body: ({ messages, maxOutputTokens }) => ({
      contents: messages.map(({ role, content }) => ({
        role: role === 'user' ? 'user' : 'model',
        parts: [{ text: content }],
      })),
      ...(maxOutputTokens ? { generationConfig: { maxOutputTokens } } : {}),
    }),
    terminator: /finishReason/,
  },
  bedrock: {
    model: BEDROCK_CLAUDE,
    reasoningModel: BEDROCK_CLAUDE,
    rates: { [BEDROCK_CLAUDE]: usd(3.3, 16.5, 0.33, 4.125) },
    path: (model, stream) => `/bedrock/model/${encodeURIComponent(model)}/converse${stream ? '-stream' : ''}`,
    body: ({ messages, maxOutputTokens, isCached }) => ({
      messages: messages.map(({ role, content }, index) => ({
        role,
        content: [
          { text: content },
          ...(isCached && index === messages.length - 1 ? [{ cachePoint: { type: 'default' } }] : []),
        ],
      })),
      ...(maxOutputTokens ? { inferenceConfig: { maxTokens: maxOutputTokens } } : {}),
    }),
    terminator: /"usage"/,
    writes: true,
  },
  deepseek: {
    ...CHAT,
    model: 'deepseek-chat',
    reasoningModel: 'deepseek-chat',
    rates: { 'deepseek-chat': usd(0.27, 1.1, 0.07) },
    path: () => '/deepseek/chat/completions',
  },
} satisfies Record<string, LoadApi>

export type LoadApiName = keyof typeof LOAD_APIS

export const LOAD_API_NAMES = Object.keys(LOAD_APIS) as LoadApiName[]
