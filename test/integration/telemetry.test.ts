import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import type { CallRecord } from '../../shared/calls/call.ts'
import { contextTokens } from '../../shared/calls/usage.ts'
import { findCalls } from '../../main/ledger/queries/call-queries.ts'
import { openDatabase } from '../../main/ledger/store/sqlite.ts'
import { buildProgram, type GatewayProgram, startGatewayProgram } from '../support/gateway/gateway-program.ts'
import { FakeProvider } from '../support/providers/fake-provider.ts'
import { type OtlpReceiver, startOtlpReceiver } from '../support/providers/otlp-receiver.ts'

let home: string
let fake: FakeProvider
let receiver: OtlpReceiver
let gateway: GatewayProgram

const start = async () => {
  gateway = await startGatewayProgram(home, {
    ALLOWANCE_UPSTREAMS: JSON.stringify({ openai: origin }),
    ALLOWANCE_OTLP_URL: receiver.url,
    // Those of the developer's own programs: they must not reach the receiver.
    OTEL_EXPORTER_OTLP_HEADERS: 'x-secret=of-another-program',
  })
}
let origin: string
const call = async (project: string, model = 'gpt-5-mini') => {
  const body = JSON.stringify({ model, messages: [{ role: 'user', content: `hello ${project}` }], max_tokens: 50 })
  const headers = { 'content-type': 'application/json', authorization: 'Bearer sk-test' }
  const url = `${gateway.proxy}/@project=${project}/openai/v1/chat/completions`
  await (await fetch(url, { method: 'POST', headers, body })).text()
}
const ledgerCalls = (): CallRecord[] => {
  const database = openDatabase(path.join(home, 'ledger.sqlite'), { readOnly: true })
  try {
    return findCalls(database, { limit: 10_000 })
  } finally {
    database.close()
  }
}
const distinct = (one: OtlpReceiver) => new Map(one.spans.map((span) => [span.spanId, span]))

beforeEach(async () => {
  buildProgram()
  home = mkdtempSync(path.join(tmpdir(), 'allowance-test-'))
  fake = new FakeProvider({ inputTokens: () => 1_000, outputTokens: () => 40 })
  origin = await fake.start()
  receiver = await startOtlpReceiver()
  await start()
}, 60_000)
afterEach(async () => {
  await gateway.stop()
  await fake.stop()
  await receiver.stop()
  rmSync(home, { recursive: true, force: true })
})

test('calls are exported as spans with their cost, and sums as metrics, to the token and the nano-dollar', async () => {
  await Promise.all(['web', 'web', 'api'].map((project) => call(project)))
  await receiver.until((one) => distinct(one).size === 3 && one.metrics.get('allowance.calls') === 3)
  const calls = ledgerCalls()
  const nanos = calls.reduce((sum, { costUsd }) => sum + Math.round(Number(costUsd) * 1e9), 0)
  const spans = [...distinct(receiver).values()]
  expect(spans.reduce((sum, { attributes }) => sum + Number(attributes['allowance.cost.nano_usd']), 0)).toBe(nanos)
  expect(spans.map(({ attributes }) => attributes['allowance.project']).sort()).toEqual(['api', 'web', 'web'])
  expect(spans[0]).toMatchObject({
    name: 'chat gpt-5-mini',
    attributes: {
      'gen_ai.provider.name': 'openai',
      'gen_ai.usage.input_tokens': contextTokens(calls[0]!.usage!),
      'gen_ai.usage.output_tokens': 40,
      'allowance.developer': 'ada@acme.dev',
    },
  })
  expect(receiver.metrics.get('allowance.spend.nano_usd')).toBe(nanos)
  expect(receiver.metrics.get('allowance.tokens input')).toBe(3_000)
  expect(receiver.headers['x-secret']).toBeUndefined()
})

test('a receiver that is away, breaks off, or a gateway killed in mid-export loses nothing', async () => {
  receiver.isDown = true
  for (let index = 0; index < 5; index += 1) await call('web')
  await receiver.until(({ requests }) => requests > 0)
  await gateway.kill()
  receiver.isDown = false
  receiver.breaksAfterTaking = true
  await start()
  for (let index = 0; index < 5; index += 1) await call('api')
  await receiver.until((one) => distinct(one).size >= 5)
  await gateway.kill()
  receiver.breaksAfterTaking = false
  await start()
  await receiver.until((one) => distinct(one).size === 10 && one.metrics.get('allowance.calls') === 10)
  const nanos = ledgerCalls().reduce((sum, { costUsd }) => sum + Math.round(Number(costUsd) * 1e9), 0)
  const exported = [...distinct(receiver).values()].map(({ attributes }) =>
    Number(attributes['allowance.cost.nano_usd']),
  )
  expect(exported.reduce((sum, one) => sum + one, 0)).toBe(nanos)
  expect(receiver.metrics.get('allowance.spend.nano_usd')).toBe(nanos)
})

test('Prometheus reads the sums from the control port, with the token alone', async () => {
  await call('web')
  const { control, token } = JSON.parse(readFileSync(path.join(home, 'runtime.json'), 'utf8')) as Record<string, string>
  expect((await fetch(`${control}/metrics`)).status).toBe(401)
  const response = await fetch(`${control}/metrics`, { headers: { authorization: `Bearer ${token}` } })
  const text = await response.text()
  expect(response.headers.get('content-type')).toContain('text/plain; version=0.0.4')
  expect(text).toMatch(/^allowance_calls_total\{.*allowance_project="web".*\} 1$/m)
  expect(text).toMatch(/^allowance_spend\{.*\} 0\.00033$/m)
})

test('the audit trail is exported as events, once, whether calls were made or not', async () => {
  await receiver.until((one) => one.logs.some(({ event }) => event === 'allowance.gateway.started'))
  const [started] = receiver.logs
  expect(started).toMatchObject({
    sentence: expect.stringMatching(/^The gateway .* started\.$/),
    attributes: { 'allowance.developer': 'ada@acme.dev', 'allowance.seq': expect.any(Number) },
  })
  await gateway.stop()
  await start()
  await receiver.until((one) => one.logs.filter(({ event }) => event === 'allowance.gateway.started').length === 2)
  const seqs = receiver.logs.map(({ attributes }) => attributes['allowance.seq'])
  expect(new Set(seqs).size).toBe(seqs.length)
})
