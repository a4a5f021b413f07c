import { afterEach, expect, test } from 'vitest'
import { startHarness, type Harness } from '../../support/gateway/gateway-harness.ts'
import { chatChunk, type FarEnd, startFarEnd } from '../../support/providers/far-end.ts'
import { LOAD_APIS, type LoadApi } from '../../support/load/load-apis.ts'

/** A stream that is ended because its budget is used up, by a provider that was told to stop at the same place. */
let harness: Harness
let farEnd: FarEnd | null = null
afterEach(async () => {
  await harness.stop()
  await farEnd?.stop()
  farEnd = null
})

const RULE = { id: 'daily', guard: 'spend-cap', limitUsd: '0.02', per: 'day' }

function ask(name: keyof typeof LOAD_APIS): Promise<string> {
  const api: LoadApi = LOAD_APIS[name]
  const messages = [{ role: 'user' as const, content: `tell me more${' and wind'.repeat(1_000)}` }]
  const body = api.body({ model: api.model, messages, stream: true, maxOutputTokens: null, isCached: true })
  const headers = { 'content-type': 'application/json', authorization: 'Bearer sk-test' }
  const init = { method: 'POST', headers, body: JSON.stringify(body) }
  return fetch(harness.url + api.path(api.model, true), init).then((response) => response.text())
}

test.each(['chat', 'responses', 'messages', 'bedrock'] as const)(
  '%s: the books have what it reports, cached input and all',
  async (name) => {
    harness = await startHarness({
      behaviour: { outputTokens: () => 5_000, cachedTokens: () => 1_900, latencyMs: () => 300 },
      rules: [RULE],
    })
    expect(await ask(name)).toContain('"allowance"')
    const api: LoadApi = LOAD_APIS[name]
    const [call] = harness.calls()
    expect(call).toMatchObject({ ending: 'cut', usage: { source: 'reported', cacheRead: 1_900 } })
    expect(Number(call?.costUsd)).toBeCloseTo(harness.fake.bill(api.rates[api.model]!) / 1e9, 6)
    expect(harness.fake.records[0]).toMatchObject({ finished: true, aborted: false })
  },
)

test('who does not stop there is left at once, and counted', async () => {
  let left = () => {}
  const isLeft = new Promise<void>((resolve) => (left = resolve))
  farEnd = await startFarEnd((_request, response) => {
    response.writeHead(200, { 'content-type': 'text/event-stream' })
    response.on('close', left)
    // It was told to stop after some hundreds, and goes on past it.
    for (let chunk = 0; chunk < 100; chunk += 1) response.write(chatChunk(' word'.repeat(50)))
  })
  harness = await startHarness({ rules: [RULE], settings: { upstreams: { openai: farEnd.url } } })
  expect(await ask('chat')).toContain('"allowance"')
  await isLeft
  expect(harness.calls()[0]).toMatchObject({ ending: 'cut', usage: { source: 'estimated' } })
})
