import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { eventsOf } from '../../main/ledger/queries/call-queries.ts'
import { spendParts } from '../../main/ledger/queries/spend-queries.ts'
import { type Harness, startHarness } from '../support/gateway/gateway-harness.ts'
import { type ScriptedAnswer, startScriptedServer } from '../support/providers/scripted-server.ts'

let home: string
let far: Awaited<ReturnType<typeof startScriptedServer>>
let harness: Harness

const start = () =>
  startHarness({
    home,
    settings: { upstreams: { openai: far.url, anthropic: far.url, google: far.url } },
    rules: [{ id: 'daily', guard: 'spend-cap', limitUsd: '10.00', per: 'day' }],
  })

beforeEach(async () => {
  home = mkdtempSync(path.join(tmpdir(), 'allowance-test-'))
  far = await startScriptedServer({})
  harness = await start()
})
afterEach(async () => {
  await harness.stop()
  await far.stop()
  rmSync(home, { recursive: true, force: true })
})

const script = (key: string, body: ScriptedAnswer['body'], type?: string) => {
  far.answers[key] = { body, ...(type ? { type } : {}) }
}
const ask = async (method: string, url: string, body?: unknown) => {
  const headers = { 'content-type': 'application/json' }
  const response = await fetch(`${harness.url}${url}`, { method, headers, body: body ? JSON.stringify(body) : null })
  await response.text()
  return response.status
}
const spentNanos = () => harness.gateway.books.balances.allStates(Date.now())[0]?.spent

const line = (input: number, output: number) =>
  JSON.stringify({
    custom_id: String(input),
    result: {
      type: 'succeeded',
      message: {
        model: 'claude-haiku-4-5-20251001',
        id: `msg_${input}`,
        usage: { input_tokens: input, output_tokens: output, service_tier: 'batch' },
      },
    },
  })
const results = () => [line(120_000, 500), line(150_000, 700), ''].join('\n')
const params = (text: string) => ({
  model: 'claude-haiku-4-5',
  max_tokens: 1_000,
  messages: [{ role: 'user', content: text }],
})
const createAnthropicBatch = () => {
  script('POST /v1/messages/batches', { id: 'msgbatch_1', type: 'message_batch', processing_status: 'in_progress' })
  const requests = [
    { custom_id: '1', params: params('one') },
    { custom_id: '2', params: params('two') },
  ]
  return ask('POST', '/anthropic/v1/messages/batches', { requests })
}
// 270,000 × $1.00/M + 1,200 × $5.00/M, at half.
const ANTHROPIC_COST = '0.138000000'

test('a batch of Anthropic is held for all its calls and closed by its results, at half price, once', async () => {
  await createAnthropicBatch()
  const [open] = harness.calls()
  expect(open).toMatchObject({ api: 'batches', state: 'open', requestModel: 'claude-haiku-4-5' })
  // Two answers of at most 1,000 tokens at half of $5.00/M, and some input.
  expect(Number(open?.heldUsd)).toBeGreaterThan(0.005)
  expect(Number(open?.heldUsd)).toBeLessThan(0.0051)

  script('GET /v1/messages/batches/msgbatch_1', {
    id: 'msgbatch_1',
    processing_status: 'ended',
    request_counts: { succeeded: 2 },
  })
  await ask('GET', '/anthropic/v1/messages/batches/msgbatch_1')
  expect(harness.calls()[0]?.state).toBe('open')
  script('GET /v1/messages/batches/msgbatch_1/results', results(), 'application/x-jsonl')
  for (let times = 0; times < 2; times++) await ask('GET', '/anthropic/v1/messages/batches/msgbatch_1/results')

  const usage = { uncachedInput: 270_000, output: 1_200, source: 'reported' }
  expect(harness.calls()).toMatchObject([{ state: 'settled', costUsd: ANTHROPIC_COST, serviceTier: 'batch', usage }])
  expect(spentNanos()).toBe(138_000_000)
})

test('a batch of which nothing was made is released', async () => {
  await createAnthropicBatch()
  script('GET /v1/messages/batches/msgbatch_1', {
    id: 'msgbatch_1',
    processing_status: 'ended',
    request_counts: { succeeded: 0 },
  })
  await ask('GET', '/anthropic/v1/messages/batches/msgbatch_1')
  expect(harness.calls()[0]).toMatchObject({ state: 'released', costUsd: '0.000000000' })
})

test('a batch of OpenAI costs what its object says when it is complete', async () => {
  const batch = { id: 'batch_1', object: 'batch', model: 'gpt-4o-mini-2024-07-18', status: 'validating' }
  script('POST /v1/batches', batch)
  await ask('POST', '/openai/v1/batches', {
    input_file_id: 'file-1',
    endpoint: '/v1/chat/completions',
    completion_window: '24h',
  })
  expect(harness.calls()[0]?.state).toBe('open')
  const usage = {
    input_tokens: 300_000,
    input_tokens_details: { cached_tokens: 100_000 },
    output_tokens: 10_000,
    total_tokens: 310_000,
  }
  script('GET /v1/batches/batch_1', { ...batch, status: 'completed', request_counts: { completed: 30 }, usage })
  await ask('GET', '/openai/v1/batches/batch_1')
  // (200,000 × $0.15 + 100,000 × $0.075 + 10,000 × $0.60)/M, at half.
  expect(harness.calls()[0]).toMatchObject({ state: 'settled', costUsd: '0.021750000', responseModel: batch.model })
})

test('a batch of Google is closed by the operation that holds its responses', async () => {
  const name = 'batches/b1'
  script('POST /v1beta/models/gemini-2.5-flash:batchGenerateContent', {
    name,
    metadata: { state: 'BATCH_STATE_PENDING' },
  })
  const request = { contents: [{ role: 'user', parts: [{ text: 'hi' }] }], generationConfig: { maxOutputTokens: 100 } }
  const body = { batch: { inputConfig: { requests: { requests: [{ request }, { request }] } } } }
  await ask('POST', '/google/v1beta/models/gemini-2.5-flash:batchGenerateContent', body)
  const usageMetadata = { promptTokenCount: 1_000, candidatesTokenCount: 100, totalTokenCount: 1_100 }
  const inlinedResponses = { inlinedResponses: [{ response: { usageMetadata } }, { response: { usageMetadata } }] }
  script('GET /v1beta/batches/b1', {
    name,
    done: true,
    metadata: { state: 'BATCH_STATE_SUCCEEDED' },
    response: { inlinedResponses },
  })
  await ask('GET', '/google/v1beta/batches/b1')
  // (2,000 × $0.30 + 200 × $2.50)/M, at half.
  expect(harness.calls()[0]).toMatchObject({
    state: 'settled',
    costUsd: '0.000550000',
    usage: { uncachedInput: 2_000, output: 200 },
  })
})

test('a batch that a restart closed on its quote is corrected by a new event when its results are read', async () => {
  await createAnthropicBatch()
  await harness.stop()
  harness = await start()
  const [closed] = harness.calls()
  expect(closed).toMatchObject({ state: 'settled', usage: { source: 'estimated' } })
  script('GET /v1/messages/batches/msgbatch_1/results', results(), 'application/x-jsonl')
  for (let times = 0; times < 2; times++) await ask('GET', '/anthropic/v1/messages/batches/msgbatch_1/results')
  const [corrected] = harness.calls()
  expect(corrected).toMatchObject({ state: 'settled', costUsd: ANTHROPIC_COST, usage: { source: 'reported' } })
  expect(spentNanos()).toBe(138_000_000)

  const { database } = harness.gateway.books.ledger.store
  const events = eventsOf(database, corrected?.id ?? '').map(({ event }) => event.type)
  expect(events).toEqual(['call.admitted', 'call.settled', 'call.repriced'])
  const quarterHours = spendParts(database, 0, Math.ceil(Date.now() / 900_000) * 900_000, 'thread')
  expect(quarterHours).toMatchObject([
    { calls: 1, costNanos: 138_000_000, usage: { uncachedInput: 270_000, source: 'reported' } },
  ])
})
