import { describe, expect, test } from 'vitest'
import { REFUSAL_CODES, type RefusalCode } from '../../../shared/calls/verdict.ts'
import { createFraming } from '../../../main/core/metering/framing/create-framing.ts'
import type { Dialect, RefusalContext } from '../../../main/core/providers/types/provider.ts'
import { hostMatches, PROVIDERS, providerById, providerForHost } from '../../../main/core/providers/registry.ts'
import { refusalContext } from './refusal-context.ts'

const CONTRACT_IDS =
  'openai anthropic google azure vertex bedrock mistral groq deepseek xai openrouter together fireworks cohere perplexity cerebras huggingface ollama lmstudio'.split(
    ' ',
  )

const DIALECTS = new Set(PROVIDERS.flatMap((provider) => provider.dialects))

test('every provider of the contract is known by its id, and no id stands twice', () => {
  expect(CONTRACT_IDS.filter((id) => providerById(id) === null)).toEqual([])
  expect(new Set(PROVIDERS.map((provider) => provider.id)).size).toBe(PROVIDERS.length)
})

test('no host belongs to two providers', () => {
  const hosts = PROVIDERS.flatMap((provider) => provider.hosts)
  expect(hosts.filter((host) => hosts.filter((other) => hostMatches(other, host)).length > 1)).toEqual([])
})

test.each([
  ['api.openai.com', 'openai'],
  ['API.OpenAI.com', 'openai'],
  ['api.anthropic.com', 'anthropic'],
  ['generativelanguage.googleapis.com', 'google'],
  ['aiplatform.googleapis.com', 'vertex'],
  ['europe-west4-aiplatform.googleapis.com', 'vertex'],
  ['acme.openai.azure.com', 'azure'],
  ['bedrock-runtime.eu-central-1.amazonaws.com', 'bedrock'],
  ['api.cohere.ai', 'cohere'],
  ['storage.googleapis.com', null],
  ['s3.us-east-1.amazonaws.com', null],
  ['openai.azure.com', null],
  ['api.openai.com.evil.example', null],
  ['localhost', null],
  // They carry a whole account's other traffic too: by base URL alone.
  ['api.cloudflare.com', null],
  ['gateway.ai.cloudflare.com', 'cloudflare'],
  ['acme.snowflakecomputing.com', null],
  ['dbc-1.cloud.databricks.com', null],
  ['adb-1.7.azuredatabricks.net', null],
  ['1.7.gcp.databricks.com', null],
])('the host %s belongs to %s', (host, id) => {
  expect(providerForHost(host)?.id ?? null).toBe(id)
})

test.each(['cloudflare', 'snowflake', 'databricks'])('%s is still known by its base URL', (id) => {
  expect(providerById(id)?.dialects.length).toBeGreaterThan(0)
})

test.each(['/messages', '/v1/messages', '/v1/v1/messages'])('anthropic takes %s as /v1/messages', (path) => {
  expect(providerById('anthropic')?.normalizePath?.(path)).toBe('/v1/messages')
})

describe.each([...DIALECTS].map((dialect) => ({ api: dialect.api, dialect })))('$api', ({ dialect }) => {
  test.each(REFUSAL_CODES)('refuses %s in JSON that carries the sentence and what a script needs', (code) => {
    const context = refusalContext(code)
    const { status, headers, body } = dialect.refuse(context)
    const parsed = JSON.parse(String(body)) as { error?: { allowance?: unknown }; allowance?: unknown }
    expect(JSON.stringify(parsed)).toContain(context.refusal.message)
    expect(parsed.allowance ?? parsed.error?.allowance).toMatchObject({
      code,
      callId: 'call-1',
      rule: 'daily',
      policyVersion: 14,
    })
    expect(headers['content-type']).toBe('application/json')
    expect(status).toBe(statusOf(code))
    expect(headers['x-should-retry'] ?? null).toBe(code === 'rate-limited' ? null : 'false')
    expect(headers['retry-after'] ?? null).toBe(code === 'rate-limited' ? '12' : null)
  })

  test('a rate limit is never slept on for more than a minute', () => {
    const context = refusalContext('rate-limited', { retryAfterSeconds: 3600 })
    expect(dialect.refuse(context).headers['retry-after']).toBe('60')
  })

  test('Codex is told with a 400', () => {
    for (const headers of [{ originator: 'codex_exec' }, { 'user-agent': 'codex_cli_rs/0.1' }]) {
      expect(dialect.refuse({ ...refusalContext('cap-reached'), headers }).status).toBe(400)
    }
  })

  test('a cut ends a stream at the end of an event, with the sentence in it', () => {
    const context = refusalContext('cap-reached')
    const { framing, text, values } = readBack(dialect, context)
    expect(text).toContain(context.refusal.message)
    expect(values.length).toBeGreaterThan(0)
    expect(framing.atBoundary).toBe(true)
  })
})

function statusOf(code: RefusalCode): number {
  const own: Partial<Record<RefusalCode, number>> = {
    'rate-limited': 429,
    'context-too-large': 400,
    'bad-request': 400,
    'too-large': 413,
    internal: 500,
  }
  return own[code] ?? 402
}

/** The cut as the client's parser would see it, after one event that came before. */
function readBack(dialect: Dialect, context: RefusalContext) {
  const encoder = new TextEncoder()
  const cut = dialect.cut(context, { responseId: 'r1', model: 'm1', events: 1, framing: 'sse' })
  const bytes = typeof cut === 'string' ? encoder.encode(cut) : cut
  const framing = createFraming(contentTypeOf(cut))
  const values = framing.push(bytes).map((frame) => frame.value)
  return { framing, text: new TextDecoder().decode(bytes), values }
}

function contentTypeOf(cut: string | Uint8Array): string {
  if (typeof cut !== 'string') return 'application/vnd.amazon.eventstream'
  return cut.startsWith('{') ? 'application/x-ndjson' : 'text/event-stream'
}
