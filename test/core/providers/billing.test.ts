import { describe, expect, test } from 'vitest'
import { billingOf } from '../../../main/core/providers/billing.ts'
import { PROVIDERS, providerForHost } from '../../../main/core/providers/registry.ts'

const SESSION = 'Bearer eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiJhZGEifQ.c2lnbmF0dXJl'

function billing(host: string, path: string, headers: Record<string, string> = {}) {
  const provider = providerForHost(host)
  if (!provider) throw new Error(`${host} is nobody's`)
  return billingOf({ provider, host, head: { path, headers } })
}

describe('signed-in plans', () => {
  test.each([
    ['a signed-in Claude', 'api.anthropic.com', '/v1/messages', { authorization: 'Bearer sk-ant-oat01-abc' }],
    ['a signed-in Codex', 'chatgpt.com', '/backend-api/codex/responses', { authorization: SESSION }],
    [
      'a signed-in Gemini CLI',
      'cloudcode-pa.googleapis.com',
      '/v1internal:streamGenerateContent',
      { authorization: 'Bearer ya29.abc' },
    ],
    ['Copilot', 'api.individual.githubcopilot.com', '/chat/completions', { authorization: 'Bearer tid=1' }],
    ['a coding plan', 'api.z.ai', '/api/coding/paas/v4/chat/completions', { authorization: 'Bearer abc' }],
  ])('%s is a subscription', (_name, host, path, headers) => {
    expect(billing(host, path, headers)).toBe('subscription')
  })

  test.each([
    ['a key of the Console', 'api.anthropic.com', '/v1/messages', { authorization: 'Bearer sk-ant-api03-abc' }],
    ['a key in x-api-key', 'api.anthropic.com', '/v1/messages', { 'x-api-key': 'sk-ant-api03-abc' }],
    ["a key at ChatGPT's host", 'chatgpt.com', '/backend-api/codex/responses', { authorization: 'Bearer sk-proj-abc' }],
    [
      "a session's token at the API",
      'api.openai.com',
      '/v1/responses',
      { authorization: SESSION, 'chatgpt-account-id': 'a' },
    ],
    [
      "a key at Google's API",
      'generativelanguage.googleapis.com',
      '/v1beta/models/gemini:generateContent',
      { 'x-goog-api-key': 'k' },
    ],
    ["a key at a vendor's other API", 'api.z.ai', '/api/paas/v4/chat/completions', { authorization: 'Bearer abc' }],
    ['GitHub Models', 'models.github.ai', '/inference/chat/completions', { authorization: 'Bearer ghp_abc' }],
  ])('%s is charged', (_name, host, path, headers) => {
    expect(billing(host, path, headers)).toBe('metered')
  })

  test('what runs on this machine is local, whatever it is sent', () => {
    const ollama = PROVIDERS.find(({ id }) => id === 'ollama')
    const head = { path: '/v1/messages', headers: { authorization: 'Bearer sk-ant-oat01-abc' } }
    expect(billingOf({ provider: ollama!, host: 'localhost', head })).toBe('local')
  })
})
