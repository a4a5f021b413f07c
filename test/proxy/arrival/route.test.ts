import type { IncomingMessage } from 'node:http'
import { describe, expect, test } from 'vitest'
import { settingsSchema } from '../../../shared/rules/settings.ts'
import { parseTags } from '../../../main/core/attribution/values/parse-tags.ts'
import { PROVIDERS } from '../../../main/core/providers/registry.ts'
import type { Ingress } from '../../../main/proxy/arrival/ingress.ts'
import { createProviderTable } from '../../../main/proxy/arrival/provider-table.ts'
import { routeOf } from '../../../main/proxy/arrival/route.ts'

const CONTRACT_IDS =
  'openai anthropic google azure vertex bedrock mistral groq deepseek xai openrouter together fireworks cohere perplexity cerebras huggingface ollama lmstudio'.split(
    ' ',
  )

const settings = settingsSchema.parse({
  upstreams: { openai: 'http://127.0.0.1:9000', groq: 'http://127.0.0.1:9001/base/' },
  providers: { acme: { origin: 'https://llm.acme.dev', hosts: ['llm.acme.dev'] } },
})
const parts = {
  providers: createProviderTable(settings, () => [{ host: 'gw.acme.dev', provider: 'anthropic' }]),
  parseTags: (text: string) => parseTags(text).tags,
}

function route(url: string, ingress: Partial<Ingress> = {}, method = 'POST') {
  const request = { url, method, headers: {} } as IncomingMessage
  return routeOf(
    {
      request,
      ingress: {
        mode: 'base-url',
        origin: null,
        tags: {},
        caller: Promise.reject(new Error('unused')).catch(() => null) as never,
        ...ingress,
      },
    },
    parts,
  )
}

/** In short: what it is, and where it goes. */
function way(url: string, ingress: Partial<Ingress> = {}, method?: string): unknown {
  const found = route(url, ingress, method)
  return found.kind === 'unknown' ? 'unknown' : [found.kind, found.provider.id, found.upstream.href]
}

describe('by base URL', () => {
  test.each([
    ['/openai/v1/chat/completions', ['call', 'openai', 'http://127.0.0.1:9000/v1/chat/completions']],
    [
      '/openai/v1/chat/completions?x=1&y=%2F',
      ['call', 'openai', 'http://127.0.0.1:9000/v1/chat/completions?x=1&y=%2F'],
    ],
    ['/anthropic/v1/messages', ['call', 'anthropic', 'https://api.anthropic.com/v1/messages']],
    ['/anthropic/messages', ['call', 'anthropic', 'https://api.anthropic.com/v1/messages']],
    ['/anthropic/v1/v1/messages', ['call', 'anthropic', 'https://api.anthropic.com/v1/messages']],
    [
      '/google/v1beta/models/gemini-2.0-flash:generateContent',
      ['call', 'google', 'https://generativelanguage.googleapis.com/v1beta/models/gemini-2.0-flash:generateContent'],
    ],
    ['/acme/v1/chat/completions', ['call', 'acme', 'https://llm.acme.dev/v1/chat/completions']],
    ['/openai/v1/files', ['other', 'openai', 'http://127.0.0.1:9000/v1/files']],
    ['/openai', ['other', 'openai', 'http://127.0.0.1:9000/']],
    ['/OpenAI/v1/models', 'unknown'],
    ['/nobody/v1/models', 'unknown'],
    ['/', 'unknown'],
    ['', 'unknown'],
    [
      'http://127.0.0.1:4141/openai/v1/chat/completions',
      ['call', 'openai', 'http://127.0.0.1:9000/v1/chat/completions'],
    ],
    // A base URL that stood there before ours often has a path of its own.
    ['/groq/openai/v1/chat/completions', ['call', 'groq', 'http://127.0.0.1:9001/base/openai/v1/chat/completions']],
    ['/groq/base/openai/v1/models', ['other', 'groq', 'http://127.0.0.1:9001/base/openai/v1/models']],
  ])('%s', (url, expected) => expect(way(url)).toEqual(expected))

  test.each(CONTRACT_IDS)('/%s/… leads to that provider', (id) => {
    expect(route(`/${id}/v1/anything-else`)).toMatchObject({ provider: { id } })
    expect(PROVIDERS.filter((provider) => provider.id === id)).toHaveLength(1)
  })
})

describe('tags', () => {
  test.each([
    [
      '/@project=web,session=s1,environment=test/openai/v1/models',
      { project: 'web', session: 's1', environment: 'test' },
    ],
    ['/@project=a%2Fb%2Cc/openai/v1/models', { project: 'a/b,c' }],
    ['/@project=web/@team=growth/openai/v1/models', { project: 'web', team: 'growth' }],
    ['/@/openai/v1/models', {}],
    ['http://localhost:4141/@project=web/openai/v1/models', { project: 'web' }],
  ])('%s', (url, tags) =>
    expect(route(url)).toMatchObject({ provider: { id: 'openai' }, tags, upstream: { pathname: '/v1/models' } }),
  )

  test('of the path win over those of the proxy user name', () => {
    expect(route('/@project=web/openai/v1/models', { tags: { project: 'other', session: 's' } })).toMatchObject({
      tags: { project: 'web', session: 's' },
    })
  })
})

describe('out of a tunnel, and absolute-form', () => {
  test.each([
    ['https://api.anthropic.com', '/v1/messages', ['call', 'anthropic', 'https://api.anthropic.com/v1/messages']],
    ['https://api.openai.com', '/v1/chat/completions', ['call', 'openai', 'http://127.0.0.1:9000/v1/chat/completions']],
    ['https://llm.acme.dev', '/v1/chat/completions', ['call', 'acme', 'https://llm.acme.dev/v1/chat/completions']],
    ['https://gw.acme.dev', '/v1/messages', ['call', 'anthropic', 'https://gw.acme.dev/v1/messages']],
    [
      'http://api.anthropic.com',
      'http://api.anthropic.com/v1/messages?x=1',
      ['call', 'anthropic', 'http://api.anthropic.com/v1/messages?x=1'],
    ],
    ['https://example.com', '/v1/messages', 'unknown'],
  ])('%s %s', (origin, url, expected) => expect(way(url, { mode: 'connect', origin })).toEqual(expected))

  test('where a launch came from is where it goes, whatever the settings say', () => {
    expect(way('/openai/v1/models', { upstreams: { openai: 'https://before.us/v1' } })).toEqual([
      'other',
      'openai',
      'https://before.us/v1/models',
    ])
  })
})
