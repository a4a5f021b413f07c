/** One call of a crowd, as an API wants it written, and what its far end bills: in nano-dollars per million tokens. */
export interface LoadApi {
  model: string
  /** The same API with a model that reasons and shows nothing of it. */
  reasoningModel: string
  rates: Readonly<Record<string, { input: number; output: number }>>
  path(model: string, stream: boolean): string
  body(call: LoadCall): Record<string, unknown>
  /** Stands in every whole stream, clamped or not. */
  terminator: RegExp
}

export interface LoadCall {
  model: string
  content: string
  stream: boolean
  maxOutputTokens: number | null
}

const USD = 1_000_000_000

export const LOAD_APIS = {
  chat: {
    model: 'gpt-4o',
    reasoningModel: 'gpt-5',
    rates: { 'gpt-4o': { input: 2.5 * USD, output: 10 * USD }, 'gpt-5': { input: 1.25 * USD, output: 10 * USD } },
    path: () => '/openai/v1/chat/completions',
    body: ({ model, content, stream, maxOutputTokens }) => ({
      model,
      messages: [{ role: 'user', content }],
      ...(stream ? { stream } : {}),
      ...(maxOutputTokens ? { max_completion_tokens: maxOutputTokens } : {}),
    }),
    terminator: /\[DONE\]/,
  },
  responses: {
    model: 'gpt-4o',
    reasoningModel: 'gpt-5',
    rates: { 'gpt-4o': { input: 2.5 * USD, output: 10 * USD }, 'gpt-5': { input: 1.25 * USD, output: 10 * USD } },
    path: () => '/openai/v1/responses',
    body: ({ model, content, stream, maxOutputTokens }) => ({
      model,
      input: content,
      ...(stream ? { stream } : {}),
      ...(maxOutputTokens ? { max_output_tokens: maxOutputTokens } : {}),
    }),
    terminator: /event: response\.(?:completed|incomplete)/,
  },
  messages: {
    model: 'claude-sonnet-4-5',
    reasoningModel: 'claude-sonnet-4-5',
    rates: { 'claude-sonnet-4-5': { input: 3 * USD, output: 15 * USD } },
    path: () => '/anthropic/v1/messages',
    // Anthropic's API wants a maximum always.
    body: ({ model, content, stream, maxOutputTokens }) => ({
      model,
      messages: [{ role: 'user', content }],
      max_tokens: maxOutputTokens ?? 32_000,
      ...(stream ? { stream } : {}),
    }),
    terminator: /message_stop/,
  },
  gemini: {
    model: 'gemini-2.5-pro',
    reasoningModel: 'gemini-2.5-pro',
    rates: { 'gemini-2.5-pro': { input: 1.25 * USD, output: 10 * USD } },
    path: (model, stream) =>
      `/google/v1beta/models/${model}:${stream ? 'streamGenerateContent?alt=sse' : 'generateContent'}`,
    body: ({ content, maxOutputTokens }) => ({
      contents: [{ role: 'user', parts: [{ text: content }] }],
      ...(maxOutputTokens ? { generationConfig: { maxOutputTokens } } : {}),
    }),
    terminator: /finishReason/,
  },
} satisfies Record<string, LoadApi>

export type LoadApiName = keyof typeof LOAD_APIS
