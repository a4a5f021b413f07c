// Makes calls with each SDK and writes down what the SDK put on the wire for each, and what it told the programmer.
// argv: JSON {cases: [{name, before, linger?, until?}]}; stdout: one JSON line for each case and SDK.
import { AsyncLocalStorage } from 'node:async_hooks'

const { cases } = JSON.parse(process.argv[2])
const place = (name, origin) => process.env[name] ?? origin
const MOST_TRIES = 2_000
const google = place('GOOGLE_GEMINI_BASE_URL', 'https://generativelanguage.googleapis.com')
const chat = `${place('OPENAI_BASE_URL', 'https://api.openai.com/v1')}/chat/completions`

// SDKs take the fetch that is there when they are loaded.
const current = new AsyncLocalStorage()
const realFetch = globalThis.fetch
globalThis.fetch = async (input, init = {}) => {
  const { session, attempts } = current.getStore()
  const headers = new Headers(init.headers)
  headers.set('x-allowance-session', session)
  const response = await realFetch(input, { ...init, headers })
  const body = response.ok ? null : await response.clone().text()
  attempts.push({ status: response.status, headers: Object.fromEntries(response.headers), body })
  return response
}

const { default: OpenAI } = await import('openai')
const { default: Anthropic } = await import('@anthropic-ai/sdk')
const { GoogleGenAI } = await import('@google/genai')
const { generateText } = await import('ai')
const { createOpenAI } = await import('@ai-sdk/openai')
const { createAnthropic } = await import('@ai-sdk/anthropic')
const { createGoogleGenerativeAI } = await import('@ai-sdk/google')

const openai = new OpenAI()
const anthropic = new Anthropic()
const genai = new GoogleGenAI({ apiKey: process.env.GEMINI_API_KEY })
const aiSdk = (model) => (text, options) =>
  generateText({ model: model(), prompt: text, maxOutputTokens: 200, ...options })
const user = (content) => [{ role: 'user', content }]

/** Each makes one call as a programmer writes it; `options` are none, or the SDK's way to say that it must not retry. */
const SDKS = {
  'openai, chat': (text, options) =>
    openai.chat.completions.create({ model: 'gpt-4.1', messages: user(text) }, options),
  'openai, responses': (text, options) => openai.responses.create({ model: 'gpt-4.1', input: text }, options),
  '@anthropic-ai/sdk': (text, options) =>
    anthropic.messages.create({ model: 'claude-sonnet-4-5', max_tokens: 200, messages: user(text) }, options),
  '@google/genai': (text) => genai.models.generateContent({ model: 'gemini-2.0-flash', contents: text }),
  'AI SDK, openai': aiSdk(() => createOpenAI()('gpt-4.1')),
  'AI SDK, anthropic': aiSdk(() => createAnthropic()('claude-sonnet-4-5')),
  'AI SDK, google': aiSdk(() =>
    createGoogleGenerativeAI({ apiKey: process.env.GEMINI_API_KEY, baseURL: `${google}/v1beta` })('gemini-2.0-flash'),
  ),
}

/** A stream that has begun and goes on: its head is here when it was let through. Returns how it is let go. */
async function linger() {
  const leaving = new AbortController()
  await fetch(chat, {
    method: 'POST',
    headers: { authorization: `Bearer ${process.env.OPENAI_API_KEY}`, 'content-type': 'application/json' },
    body: JSON.stringify({ model: 'gpt-4.1', stream: true, messages: user('linger') }),
    signal: leaving.signal,
  })
  return () => leaving.abort()
}

async function play({ name, before, lingers, until }, sdk) {
  const store = { session: `${name}.${sdk}`, attempts: [] }
  return current.run(store, async () => {
    const text = `${store.session}: ${'a sentence with some words in it. '.repeat(10)}`
    const call = SDKS[sdk]
    const primers = []
    for (let n = 0; n < before; n += 1)
      await call(text, { maxRetries: 0 }).then(
        () => primers.push('answered'),
        () => primers.push('failed'),
      )
    // What becomes true with time is asked for until it is.
    for (
      let tries = 0;
      until !== undefined && store.attempts.at(-1)?.status !== until && tries < MOST_TRIES;
      tries += 1
    )
      await call(text, { maxRetries: 0 }).catch(() => {})
    const leave = lingers ? await linger() : () => {}
    store.attempts = []
    const told = await call(text).then(
      () => null,
      (error) => ({ status: error.status ?? error.statusCode ?? null, message: error.message }),
    )
    leave()
    return { name, sdk, session: store.session, primers, attempts: store.attempts, told }
  })
}

const everything = cases.flatMap((one) =>
  Object.keys(SDKS).map(async (sdk) => console.log(JSON.stringify(await play(one, sdk)))),
)
await Promise.all(everything)
