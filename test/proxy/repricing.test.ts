import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { eventsOf, gatewayEvents } from '../../main/ledger/queries/call-queries.ts'
import { type Harness, startHarness } from '../support/gateway/gateway-harness.ts'
import { priceList } from '../support/providers/price-list.ts'
import { startScriptedServer } from '../support/providers/scripted-server.ts'

let home: string
let prices: Awaited<ReturnType<typeof startScriptedServer>>
let harness: Harness

const start = (policy?: Record<string, unknown>) =>
  startHarness({
    home,
    behaviour: { inputTokens: () => 1_000, outputTokens: () => 100 },
    settings: { pricesUrl: `${prices.url}/data.json` },
    ...(policy ? { policy: { schema: 1, timezone: 'UTC', ...policy } } : {}),
  })
const publish = (body: unknown) => {
  prices.answers['GET /data.json'] = { body, headers: { etag: '"1"' } }
}
const call = async (model = 'gpt-4o-mini') => {
  const headers = { 'content-type': 'application/json', authorization: 'Bearer sk-test' }
  const body = JSON.stringify({ model, messages: [{ role: 'user', content: 'hi' }], max_tokens: 100 })
  await (await fetch(`${harness.url}/openai/v1/chat/completions`, { method: 'POST', headers, body })).text()
}
/** Resolves when a call's price was corrected. */
const repriced = () =>
  new Promise<void>((resolve) => {
    harness.gateway.books.ledger.subscribe(({ event }) => event.type === 'call.repriced' && resolve())
  })
const refresh = () => harness.gateway.priceSource.refresh()

beforeEach(async () => {
  home = mkdtempSync(path.join(tmpdir(), 'allowance-test-'))
  prices = await startScriptedServer({})
  publish(priceList())
  harness = await start()
  await refresh()
})
afterEach(async () => {
  await harness.stop()
  await prices.stop()
  rmSync(home, { recursive: true, force: true })
})

test('a corrected price corrects the calls of late by a new event, and the next call costs the new price', async () => {
  await call()
  // 1,000 × $0.15/M + 100 × $0.60/M
  expect(harness.calls()).toMatchObject([{ costUsd: '0.000210000' }])
  publish(priceList({ 'gpt-4o-mini': { input_mtok: 1, output_mtok: 10 } }))
  const corrected = repriced()
  expect(await refresh()).toBe('changed')
  await corrected
  const [first] = harness.calls()
  expect(first).toMatchObject({ costUsd: '0.002000000', priced: 'exact', state: 'settled' })
  expect(first?.priceVersion).toMatch(/^genai-prices@.*\+/)
  const events = eventsOf(harness.gateway.books.ledger.store.database, first?.id ?? '').map(({ event }) => event)
  expect(events.map(({ type }) => type)).toEqual(['call.admitted', 'call.settled', 'call.repriced'])
  expect(events[1]).toMatchObject({ closing: { costNanos: 210_000 } })
  await call()
  expect(harness.calls()[1]).toMatchObject({ costUsd: '0.002000000' })
})

test('a broken update changes nothing and is told; the good one outlives a restart and its source', async () => {
  publish(priceList({ 'gpt-4o-mini': { input_mtok: 1, output_mtok: 10 } }))
  expect(await refresh()).toBe('changed')
  const { version } = harness.gateway.priceSource.status()
  publish({ oops: true })
  expect(await refresh()).toBe('rejected')
  prices.answers['GET /data.json'] = { status: 500, body: '' }
  expect(await refresh()).toBe('unreachable')
  expect(harness.gateway.priceSource.status()).toMatchObject({
    version,
    bundled: false,
    lastError: { code: 'unreachable' },
  })
  await harness.stop()
  expect(existsSync(path.join(home, 'prices.json'))).toBe(true)
  harness = await start()
  expect(harness.gateway.priceSource.status()).toMatchObject({ version, bundled: false })
  await call()
  expect(harness.calls()[0]).toMatchObject({ costUsd: '0.002000000' })
})

test('a model without a price is corrected when a policy knows one; a price of a policy rewrites no other history', async () => {
  await call('acme-70b')
  await call('gpt-4o-mini')
  const [unknown, known] = harness.calls()
  expect(unknown?.priced).toBe('ceiling')
  await harness.stop()
  const price = (model: string) => ({ model, inputUsdPerMillion: '0.20', outputUsdPerMillion: '0.80' })
  harness = await start({ version: 2, rules: [], prices: [price('acme-70b'), price('gpt-4o-mini')] })
  const done = harness.waitFor(({ id, priced }) => id === unknown?.id && priced === 'exact')
  expect(await done).toMatchObject({ costUsd: '0.000280000', priceVersion: 'policy' })
  expect(harness.calls().find(({ id }) => id === known?.id)?.costUsd).toBe(known?.costUsd)
  expect(gatewayEvents(harness.gateway.books.ledger.store.database, ['gateway.started'], 0)).toHaveLength(2)
})
