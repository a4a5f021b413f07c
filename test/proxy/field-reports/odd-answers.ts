/** What a test asks of the gateway, and the bytes that the far end sends for it. */
export interface Odd {
  path: string
  request: object
  type: string
  bytes: string
}

const STREAM = 'text/event-stream'
const PLAIN = 'application/json'
const PATHS: Readonly<Record<string, string>> = {
  openai: '/openai/v1/chat/completions',
  openrouter: '/openrouter/api/v1/chat/completions',
}

const said = [{ role: 'user', content: 'hello' }]
const event = (value: object, name?: string) => `${name ? `event: ${name}\n` : ''}data: ${JSON.stringify(value)}\n\n`
const named = (values: { type: string }[]) => values.map((value) => event(value, value.type)).join('')

export function messages(usage: object, model = 'claude-sonnet-4-5'): Odd {
  const bytes = JSON.stringify({ id: 'm', type: 'message', model, content: [{ type: 'text', text: 'ok' }], usage })
  return { path: '/anthropic/v1/messages', request: { model, max_tokens: 2_000, messages: said }, type: PLAIN, bytes }
}

export function messagesStream(...events: { type: string }[]): Odd {
  const request = { model: 'claude-sonnet-4-5', max_tokens: 2_000, messages: said, stream: true }
  return { path: '/anthropic/v1/messages', request, type: STREAM, bytes: named([...events, { type: 'message_stop' }]) }
}

/** A plain Chat Completions answer of a provider. */
export function json(provider: string, body: object, model = 'gpt-4o'): Odd {
  const request = { model, messages: said }
  return { path: PATHS[provider] ?? '', request, type: PLAIN, bytes: JSON.stringify(body) }
}

/** A chunk of Chat Completions with usage; without choices where there is no content. */
export function chunk(usage: unknown, content: string | null = 'ok'): object {
  const choices = content === null ? [] : [{ index: 0, delta: { role: 'assistant', content } }]
  return { id: 'c', model: 'gpt-4o', choices, usage }
}

export function counts(prompt_tokens: number, completion_tokens: number) {
  return { prompt_tokens, completion_tokens, total_tokens: prompt_tokens + completion_tokens }
}

export function chatStream(...chunks: object[]): Odd {
  const request = { model: 'gpt-4o', messages: said, stream: true, stream_options: { include_usage: true } }
  const bytes = `${chunks.map((chunk) => event(chunk)).join('')}data: [DONE]\n\n`
  return { path: '/openai/v1/chat/completions', request, type: STREAM, bytes }
}

export function openRouter(body: object): Odd {
  const request = { model: 'openai/gpt-4o', input: 'hello' }
  const bytes = JSON.stringify({ id: 'r', object: 'response', model: 'openai/gpt-4o', status: 'completed', ...body })
  return { path: '/openrouter/api/v1/responses', request, type: PLAIN, bytes }
}

export function openRouterStream(...chunks: object[]): Odd {
  const { request, type, bytes } = chatStream(...chunks)
  return {
    path: '/openrouter/api/v1/chat/completions',
    request,
    type,
    bytes: `: PROCESSING\n\n: PROCESSING\n\n${bytes}`,
  }
}

export function responses(body: object, asked: object = {}): Odd {
  const request = { model: 'gpt-5', input: 'hello', ...asked }
  const bytes = JSON.stringify({
    id: 'r',
    object: 'response',
    model: 'gpt-5',
    status: 'completed',
    output: [],
    ...body,
  })
  return { path: '/openai/v1/responses', request, type: PLAIN, bytes }
}

export function responsesStream(...events: { type: string; response?: object; delta?: string }[]): Odd {
  const request = { model: 'gpt-5', input: 'hello', stream: true }
  const whole = events.map((one) =>
    one.response ? { ...one, response: { id: 'r', object: 'response', model: 'gpt-5', ...one.response } } : one,
  )
  return { path: '/openai/v1/responses', request, type: STREAM, bytes: named(whole) }
}

const GEMINI = '/google/v1beta/models/gemini-2.5-flash'
const contents = [{ role: 'user', parts: [{ text: 'hello' }] }]
const candidate = (usageMetadata: object) => ({
  candidates: [{ content: { role: 'model', parts: [{ text: 'ok' }] } }],
  modelVersion: 'gemini-2.5-flash',
  usageMetadata,
})

export function gemini(usage: object): Odd {
  const bytes = JSON.stringify(candidate(usage))
  return { path: `${GEMINI}:generateContent`, request: { contents }, type: PLAIN, bytes }
}

export function geminiStream(...usages: object[]): Odd {
  const bytes = usages.map((usage) => event(candidate(usage))).join('')
  return { path: `${GEMINI}:streamGenerateContent?alt=sse`, request: { contents }, type: STREAM, bytes }
}

/** Vertex, by its own API and by its OpenAI-compatible one, which tells the kind of traffic among extra properties. */
export function vertex(way: 'google' | 'extra', traffic: string): Odd {
  const place = '/vertex/v1/projects/p/locations/global'
  if (way === 'google') {
    const usage = { promptTokenCount: 4_061, candidatesTokenCount: 25, totalTokenCount: 4_086, trafficType: traffic }
    return { ...gemini(usage), path: `${place}/publishers/google/models/gemini-2.5-flash:generateContent` }
  }
  const usage = {
    prompt_tokens: 4_061,
    completion_tokens: 25,
    total_tokens: 4_086,
    extra_properties: { google: { traffic_type: traffic } },
  }
  const model = 'google/gemini-2.5-flash'
  return {
    ...json('openai', { id: 'c', model, choices: [], usage }, model),
    path: `${place}/endpoints/openapi/chat/completions`,
  }
}
