import { request } from 'node:http'
import { once } from 'node:events'
import OpenAI from 'openai'
import { afterEach, describe, expect, test } from 'vitest'
import { upstreamTag } from '../../main/proxy/intercept/upstream/launch-upstreams.ts'
import { UnapprovedModels } from '../../main/proxy/unapproved.ts'
import { createProviderTable } from '../../main/proxy/arrival/provider-table.ts'
import { type Harness, startHarness } from '../support/gateway/gateway-harness.ts'

let harness: Harness | null = null
afterEach(async () => {
  await harness?.stop()
  harness = null
})

const unapproved = () => harness!.gateway.unapproved.list()
const nobody = Promise.resolve({ process: null, repository: null })

describe('models past the policy', () => {
  test('a provider that the policy does not allow is told of with who asked', async () => {
    harness = await startHarness({ rules: [{ id: 'hosts', guard: 'provider-access', allow: ['anthropic'] }] })
    const client = new OpenAI({ apiKey: 'sk-test', baseURL: `${harness.url}/openai/v1` })
    const ask = () =>
      client.chat.completions.create({ model: 'gpt-4o-mini', messages: [{ role: 'user', content: 'hi' }] })
    for (let time = 0; time < 3; time += 1) await expect(ask()).rejects.toMatchObject({ status: 402 })
    expect(unapproved()).toMatchObject([
      { host: 'api.openai.com', calls: 3, why: 'not-approved', lastProcess: expect.stringContaining('node') },
    ])
    expect(harness.fake.records).toHaveLength(0)
  })

  test('a tunnel to a host of models that is not spoken here is counted, never looked into', async () => {
    harness = await startHarness()
    let over: (bytes: { up: number; down: number }) => void = () => {}
    const closed = new Promise<{ up: number; down: number }>((resolve) => {
      over = resolve
    })
    const seen = harness.gateway.unapproved.tunnelled({
      host: 'api.replicate.com',
      reason: 'other-host',
      caller: nobody,
      closed,
    })
    await harness.gateway.unapproved.tunnelled({
      host: 'github.com',
      reason: 'other-host',
      caller: nobody,
      closed: Promise.resolve({ up: 1, down: 1 }),
    })
    over({ up: 100, down: 900 })
    await seen
    expect(unapproved()).toMatchObject([{ host: 'api.replicate.com', calls: 1, bytes: 1_000, why: 'not-spoken' }])
  })

  test('what was seen is still there after a restart', async () => {
    harness = await startHarness()
    const { ledger } = harness.gateway.books
    const closed = Promise.resolve({ up: 1, down: 2 })
    for (let time = 0; time < 3; time += 1)
      await harness.gateway.unapproved.tunnelled({ host: 'fal.run', reason: 'other-host', caller: nobody, closed })
    harness.gateway.unapproved.flush()
    const again = new UnapprovedModels(
      ledger,
      createProviderTable({ providers: {}, upstreams: {} }, () => []),
      Date.now,
    )
    expect(again.list()).toMatchObject([{ host: 'fal.run', calls: 3, bytes: 9 }])
  })

  test('a call that a launch sends to a place of its own counts once', async () => {
    harness = await startHarness()
    const [[name, place]] = Object.entries(upstreamTag('openai', 'http://gpu-box.invalid:8000/v1')) as [
      [string, string],
    ]
    const client = new OpenAI({
      apiKey: 'sk-test',
      baseURL: `${harness.url}/@${name}=${place}/openai/v1`,
      maxRetries: 0,
    })
    const call = client.chat.completions.create({ model: 'llama', messages: [{ role: 'user', content: 'hi' }] })
    // The name leads nowhere: what counts is that the call was tried.
    await expect(call).rejects.toMatchObject({ status: 502 })
    expect(unapproved()).toMatchObject([{ host: 'gpu-box.invalid:8000', calls: 1, why: 'looks-like-model' }])
  })

  test('plain HTTP that looks like a model call is told by its path, or by its body as it flows by', async () => {
    harness = await startHarness()
    const { hostname, port } = new URL(harness.url)
    const say = async (url: string, body: string) => {
      const sent = request({
        hostname,
        port,
        method: 'POST',
        path: url,
        headers: { host: new URL(url).host, 'content-type': 'application/json' },
      })
      sent.end(body)
      const [response] = await once(sent, 'response')
      response.resume()
    }
    let told = 0
    const both = new Promise<void>((resolve) => {
      harness!.gateway.books.ledger.subscribe(({ event }) => {
        if (event.type === 'provider.unapproved' && ++told === 2) resolve()
      })
    })
    // Names that lead nowhere: what counts is that the call was tried.
    await say('http://shop.invalid/orders', JSON.stringify({ model: 'T', colour: 'red' }))
    await say('http://gpu-box.invalid:8000/v1/chat/completions', '{}')
    await say('http://other-box.invalid/ask', JSON.stringify({ model: 'llama', prompt: 'hi' }))
    await both
    expect(unapproved().map(({ host, why }) => [host, why])).toEqual(
      expect.arrayContaining([
        ['gpu-box.invalid:8000', 'looks-like-model'],
        ['other-box.invalid', 'looks-like-model'],
      ]),
    )
    expect(unapproved()).toHaveLength(2)
  })
})
