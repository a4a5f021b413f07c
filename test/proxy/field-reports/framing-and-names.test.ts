import { afterAll, beforeAll, expect, test } from 'vitest'
import { NO_USAGE } from '../../../shared/calls/usage.ts'
import { listPrice, nanosOf, type OddMeter, startOddMeter } from './meter-odd.ts'
import { chatStream, chunk, counts, json, messages, responsesStream } from './odd-answers.ts'

let meter: OddMeter
beforeAll(async () => {
  meter = await startOddMeter()
})
afterAll(() => meter.stop())

test.each([
  ['byte order mark', (text: string) => `\uFEFF${text}`],
  ['CRLF', (text: string) => text.replaceAll('\n', '\r\n')],
  ['CR', (text: string) => text.replaceAll('\n', '\r')],
  ['no space after the colon', (text: string) => text.replaceAll('data: ', 'data:')],
  ['no blank line at the end', (text: string) => text.replace(/\n+$/, '')],
  ['no [DONE]', (text: string) => text.replace('data: [DONE]\n\n', '')],
  ['comments between events', (text: string) => text.replaceAll('\n\n', '\n\n: keep-alive\n\n')],
  ['an event of three megabytes', (text: string) => `${chatStream(chunk(null, 'x'.repeat(3 << 20))).bytes}${text}`],
])('a stream with %s is metered, and passes as it came', async (_name, change) => {
  const plain = chatStream(chunk({ ...counts(40, 7) }))
  const call = await meter.metered({ ...plain, bytes: change(plain.bytes) })
  expect(call.usage).toEqual({ ...NO_USAGE, uncachedInput: 40, output: 7 })
})

test('a whole answer without usage is estimated, never free', async () => {
  const call = await meter.metered(
    responsesStream(
      { type: 'response.output_text.delta', delta: 'some words that were written' },
      { type: 'response.completed', response: { status: 'completed', usage: null } },
    ),
  )
  expect(call.usage?.source).toBe('estimated')
  expect(Number(call.costUsd)).toBeGreaterThan(0)
})

test.each([
  ['a date at the end', 'anthropic', 'claude-haiku-4-5-20251001', [1, 5]],
  ['a date and a longer name that is listed', 'openai', 'o3-pro-2025-06-10', [20, 80]],
  ['a date with hyphens', 'openai', 'gpt-5-mini-2025-08-07', [0.25, 2]],
  ['a vendor before it', 'openrouter', 'anthropic/claude-haiku-4.5', [1, 5]],
] as const)('a model’s name with %s has its own price', async (_name, provider, model, [input, output]) => {
  const usage = { input_tokens: 1_000, output_tokens: 100 }
  const odd =
    provider === 'anthropic'
      ? messages(usage, model)
      : json(provider, { id: 'c', model, choices: [], usage: counts(1_000, 100) }, model)
  const call = await meter.metered(odd)
  expect(nanosOf(call)).toBe(listPrice([1_000, input], [100, output]))
})
