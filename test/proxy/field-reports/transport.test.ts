import { once } from 'node:events'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { brotliCompressSync, gzipSync } from 'node:zlib'
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import { NO_USAGE } from '../../../shared/calls/usage.ts'
import { type Harness, startHarness } from '../../support/gateway/gateway-harness.ts'
import { answerOf, chat, startCall } from '../../support/load/raw-call.ts'
import { chatAnswer, chatChunk, type FarEnd, startFarEnd } from '../../support/providers/far-end.ts'
import { listPrice } from './meter-odd.ts'

type Answer = (request: IncomingMessage, response: ServerResponse, body: Buffer) => void

let far: FarEnd
let answer: Answer
const harnesses: Harness[] = []
const PATH = '/openai/v1/chat/completions'
const plain: Answer = (_request, response) => {
  response.writeHead(200, { 'content-type': 'application/json' })
  response.end(JSON.stringify(chatAnswer('ok')))
}

beforeAll(async () => {
  far = await startFarEnd((...call) => answer(...call))
})
afterEach(async () => {
  for (const harness of harnesses.splice(0)) await harness.stop()
  far.requests.length = 0
})
afterAll(() => far.stop())

async function gateway(rules?: unknown[]): Promise<Harness> {
  const harness = await startHarness({ ...(rules ? { rules } : {}), settings: { upstreams: { openai: far.url } } })
  harnesses.push(harness)
  return harness
}

test.each([
  ['gzip', gzipSync],
  ['br', brotliCompressSync],
] as const)('an answer in %s keeps its encoding, its length and its bytes, and is metered', async (encoding, pack) => {
  const bytes = pack(JSON.stringify(chatAnswer('ok')))
  answer = (_request, response) => {
    response.writeHead(200, {
      'content-type': 'application/json',
      'content-encoding': encoding,
      'content-length': bytes.length,
    })
    response.end(bytes)
  }
  const harness = await gateway()
  const headers = { 'accept-encoding': encoding }
  const got = await answerOf(startCall(`${harness.url}${PATH}`, chat(), { headers }))
  expect([got.headers['content-encoding'], got.headers['content-length']]).toEqual([encoding, String(bytes.length)])
  expect(got.body.equals(bytes)).toBe(true)
  const call = await harness.waitFor((one) => one.usage !== null)
  expect(call.usage).toEqual({ ...NO_USAGE, uncachedInput: 10, output: 5 })
})

test('a request in gzip arrives as it was sent, and its model is known', async () => {
  answer = plain
  const harness = await gateway()
  const bytes = gzipSync(JSON.stringify(chat()))
  const headers = { 'content-encoding': 'gzip', 'content-length': bytes.length }
  expect((await answerOf(startCall(`${harness.url}${PATH}`, bytes, { headers }))).status).toBe(200)
  expect(far.requests[0]?.body.equals(bytes)).toBe(true)
  expect((await harness.waitFor((one) => one.usage !== null)).requestModel).toBe('gpt-4o')
})

test('a client that leaves ends the call at the provider, and what passed by is charged', async () => {
  let left: Promise<unknown> = Promise.resolve()
  answer = (_request, response) => {
    left = once(response, 'close')
    response.writeHead(200, { 'content-type': 'text/event-stream' })
    response.write(chatChunk('some words that were written'))
  }
  const harness = await gateway()
  const request = startCall(`${harness.url}${PATH}`, chat({ stream: true }))
  const [response] = (await once(request, 'response')) as [IncomingMessage]
  await once(response, 'data')
  request.destroy()
  await left
  const call = await harness.waitFor((one) => one.usage !== null)
  expect(call.usage?.source).toBe('estimated')
  expect(Number(call.costUsd)).toBeGreaterThan(0)
})

test('calls at once of which one alone is more than the cap all stay here', async () => {
  answer = plain
  const harness = await gateway([{ id: 'tiny', guard: 'spend-cap', limitUsd: '0.000001', per: 'day' }])
  const asked = Array.from({ length: 8 }, () => answerOf(startCall(`${harness.url}${PATH}`, chat({ max_tokens: 64 }))))
  const statuses = (await Promise.all(asked)).map(({ status }) => status)
  expect(new Set(statuses).has(200)).toBe(false)
  expect(far.requests).toHaveLength(0)
})

test('calls at once do not pass a cap together that has room for some of them', async () => {
  // The request is 8 tokens of input; the far end writes all that it is allowed to.
  let billed = 0
  answer = (_request, response, body) => {
    const { max_tokens } = JSON.parse(body.toString()) as { max_tokens: number }
    billed += listPrice([8, 2.5], [max_tokens, 10])
    const usage = { prompt_tokens: 8, completion_tokens: max_tokens, total_tokens: 8 + max_tokens }
    response.writeHead(200, { 'content-type': 'application/json' })
    response.end(JSON.stringify(chatAnswer('ok', usage)))
  }
  // One call is $0.01002: two fit whole, and twenty ask.
  const harness = await gateway([{ id: 'cap', guard: 'spend-cap', limitUsd: '0.025', per: 'day' }])
  const ask = () => answerOf(startCall(`${harness.url}${PATH}`, chat({ max_tokens: 1_000 })))
  await Promise.all(Array.from({ length: 20 }, ask))
  expect(billed).toBeGreaterThanOrEqual(20_040_000)
  expect(billed).toBeLessThanOrEqual(25_000_000)
})
