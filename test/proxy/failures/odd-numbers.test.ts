import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type Harness, startHarness } from '../../support/gateway/gateway-harness.ts'

/** Whatever number stands where a number belongs: the client gets an answer, the books are exact, and nothing is held after it. */
let harness: Harness
beforeAll(async () => {
  harness = await startHarness({
    behaviour: { outputTokens: () => 1, latencyMs: () => 0 },
    rules: [{ id: 'daily', guard: 'spend-cap', limitUsd: '50.00', per: 'day', action: 'warn' }],
  })
})
afterAll(() => harness.stop())

const APIS = {
  'openai/v1/chat/completions': {
    body: { model: 'gpt-4o', messages: [{ role: 'user', content: 'hi' }] },
    fields: ['n', 'max_tokens', 'max_completion_tokens', 'temperature', 'seed', 'top_logprobs'],
  },
  'openai/v1/responses': { body: { model: 'gpt-4o', input: 'hi' }, fields: ['max_output_tokens', 'max_tool_calls'] },
  'openai/v1/embeddings': { body: { model: 'text-embedding-3-small', input: 'hi' }, fields: ['dimensions'] },
  'anthropic/v1/messages': {
    body: { model: 'claude-sonnet-4-5', max_tokens: 5, messages: [{ role: 'user', content: 'hi' }] },
    fields: ['max_tokens', 'top_k', 'temperature'],
  },
  'google/v1beta/models/gemini-2.5-flash:generateContent': {
    body: { contents: [{ role: 'user', parts: [{ text: 'hi' }] }] },
    fields: ['generationConfig'],
  },
} as const

/** As JSON spells them: JavaScript would read some as infinity before they were sent. */
const oddNumber = fc.oneof(
  fc.constantFrom(
    '1e308',
    '1e400',
    '-1',
    '0',
    '-0',
    '1.5',
    '9007199254740993',
    '1e-320',
    '"12"',
    'null',
    'true',
    '[]',
    '{}',
  ),
  fc.double().map((value) => (Number.isFinite(value) ? JSON.stringify(value) : '1e999')),
  fc.bigInt({ min: -(2n ** 70n), max: 2n ** 70n }).map(String),
)

describe.each(Object.entries(APIS))('%s', (path, { body, fields }) => {
  test('is answered whatever its numbers are', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.dictionary(fc.constantFrom(...fields), oddNumber, { minKeys: 1 }),
        fc.boolean(),
        async (numbers, nested) => {
          const odd = Object.entries(numbers).map(([name, text]) =>
            name === 'generationConfig' || nested
              ? `"generationConfig":{"maxOutputTokens":${text},"candidateCount":${text}}`
              : `"${name}":${text}`,
          )
          const known = JSON.stringify(body).slice(1, -1)
          const answer = await fetch(`${harness.url}/${path}`, {
            method: 'POST',
            headers: {
              'content-type': 'application/json',
              authorization: 'Bearer sk',
              'x-goog-api-key': 'k',
              'x-api-key': 'k',
            },
            body: `{${[known, ...odd].join(',')}}`,
          })
          await answer.text()
          expect([200, 400, 402]).toContain(answer.status)
        },
      ),
      { numRuns: 60 },
    )
    expect(harness.gateway.books.balances.openHolds).toBe(0)
    expect(harness.log.filter((line) => line.includes('"error"'))).toEqual([])
  })
})

test('a number beyond every model is held at one, so that a cap clamps it or lets it wait like any other', async () => {
  const capped = await startHarness({ rules: [{ id: 'daily', guard: 'spend-cap', limitUsd: '1.00', per: 'day' }] })
  const answer = await fetch(`${capped.url}/openai/v1/chat/completions`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: 'Bearer sk' },
    body: '{"model":"gpt-4o","n":1000000000,"max_tokens":1e308,"messages":[{"role":"user","content":"hi"}]}',
  })
  expect([200, 402]).toContain(answer.status)
  expect(await answer.text()).toMatch(/choices|allowance/)
  await capped.stop()
})
