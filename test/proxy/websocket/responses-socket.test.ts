import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { SocketFake } from '../../support/providers/fake/socket-fake.ts'
import { type Harness, type HarnessOptions, startHarness } from '../../support/gateway/gateway-harness.ts'
import { openSocket, type SocketClient } from '../../support/load/socket-client.ts'

let fake: SocketFake
let harness: Harness
let origin: string
beforeEach(async () => {
  fake = new SocketFake()
  origin = await fake.start()
})
afterEach(async () => {
  await harness.stop()
  await fake.stop()
})

async function open(options: HarnessOptions = {}, path = '/openai/v1/responses'): Promise<SocketClient> {
  harness = await startHarness({ ...options, settings: { ...options.settings, upstreams: { openai: origin } } })
  return openSocket(`${harness.url.replace('http', 'ws')}${path}`)
}

const cap = (limitUsd: string) => [{ id: 'daily', guard: 'spend-cap', limitUsd, per: 'day' }]
const create = {
  type: 'response.create',
  model: 'gpt-4.1',
  input: [{ type: 'message', role: 'user', content: 'hello' }],
}
const isOver = ({ type }: { type: string }) => type === 'response.completed' || type === 'response.failed'

describe('Responses over a WebSocket', () => {
  test('each response.create is a call, priced from what the provider reports', async () => {
    const client = await open({}, '/@project=web,session=s1/openai/v1/responses')
    client.say(create)
    const first = await client.hear(isOver)
    client.say({ ...create, previous_response_id: (first['response'] as { id: string }).id })
    await client.hear((event) => isOver(event) && event !== first)
    const calls = harness.calls()
    expect(
      calls.map(({ api, state, stream, billing, costUsd, ending, usage }) => ({
        api,
        state,
        stream,
        billing,
        costUsd,
        ending,
        source: usage?.source,
      })),
    ).toEqual(
      // 100 × $2/M + 20 × $8/M
      Array.from({ length: 2 }, () => ({
        api: 'responses',
        state: 'settled',
        stream: true,
        billing: 'metered',
        costUsd: '0.000360000',
        ending: 'complete',
        source: 'reported',
      })),
    )
    expect(calls[0]).toMatchObject({
      requestModel: 'gpt-4.1',
      httpStatus: 101,
      attribution: { project: 'web', session: 's1', process: { pid: process.pid } },
    })
    expect(calls[1]?.conversation).toBe(calls[0]?.conversation)
    expect(fake.handshakes).toHaveLength(1)
  })

  test('the context is that of the response it goes on from, and tools that are sent anew are counted once', async () => {
    const client = await open({}, '/@session=s1/openai/v1/responses')
    const admitted: number[] = []
    harness.gateway.books.ledger.subscribe(({ event }) => {
      if (event.type === 'call.admitted') admitted.push(event.call.contextTokens ?? 0)
    })
    const heard = new Set<unknown>()
    const ask = async (frame: Record<string, unknown>) => {
      client.say({ ...create, tools, ...frame })
      const over = await client.hear((event) => isOver(event) && !heard.has(event))
      heard.add(over)
      return (over['response'] as { id: string }).id
    }
    const tools = [{ type: 'function', name: 'ls', description: 'word '.repeat(2_000), parameters: {} }]
    fake.script = { inputTokens: 2_030, outputTokens: 20 }
    const short = await ask({})
    fake.script = { inputTokens: 50_000, outputTokens: 20 }
    const long = await ask({ previous_response_id: short })
    await ask({ previous_response_id: long })
    const [first = 0, second, third] = admitted
    expect(first).toBeGreaterThan(2_000)
    // What was there and what was made, and the new words; the tools stand among what was there.
    expect(second).toBeGreaterThan(2_050)
    expect(second).toBeLessThan(2_250)
    expect(third).toBeGreaterThan(50_020)
    expect(third).toBeLessThan(50_200)

    // The session begins anew with a warm-up that reports nothing.
    const warm = await ask({ generate: false })
    await ask({ previous_response_id: warm })
    expect(admitted.at(-1)).toBeGreaterThanOrEqual(first)
    expect(admitted.at(-1)).toBeLessThan(first + 200)
  })

  test('frames pass as they are, both ways, deflated or not', async () => {
    const client = await open()
    const odd = '{ "type":"response.create",  "model":"gpt-4.1","input":"h\\u00e9llo – 你好" }'
    client.say(odd)
    await client.hear(isOver)
    expect(fake.frames.map(({ text }) => text)).toEqual([odd])
    expect(client.texts[1]).toBe(
      '{"type":"response.output_text.delta","sequence_number":1,"item_id":"m","output_index":0,"content_index":0,"delta":" word"}',
    )
    expect(client.socket.extensions).toContain('permessage-deflate')
    expect(fake.handshakes[0]?.headers['authorization']).toBe('Bearer sk-test')
    expect(Object.keys(fake.handshakes[0]?.headers ?? {}).filter((name) => name.startsWith('x-allowance'))).toEqual([])
  })

  test('a warm-up costs nothing and is no turn of the conversation', async () => {
    const client = await open()
    client.say({ ...create, generate: false })
    await client.hear(isOver)
    expect(harness.calls()).toMatchObject([{ state: 'settled', kind: 'auxiliary', costUsd: '0.000000000' }])
  })

  test('a reached cap is told inside the socket, which stays open', async () => {
    const client = await open({ rules: cap('0.0000001') })
    client.say(create)
    const failed = await client.hear(({ type }) => type === 'response.failed')
    expect(client.events[0]).toMatchObject({
      type: 'error',
      code: 'invalid_prompt',
      error: { allowance: { code: 'cap-reached', rule: 'daily' } },
    })
    expect(failed).toMatchObject({
      response: { status: 'failed', error: { code: 'invalid_prompt', message: expect.stringContaining('daily') } },
    })
    expect(fake.frames).toHaveLength(0)
    client.say(create)
    await client.hear((event) => event.type === 'response.failed' && event !== failed)
    expect(client.socket.readyState).toBe(client.socket.OPEN)
    expect(harness.calls().map(({ state }) => state)).toEqual(['refused', 'refused'])
  })

  test('a response that outgrows the budget is ended, and the next one reaches the provider again', async () => {
    fake.script = { inputTokens: 10, outputTokens: 100_000, step: 50, pauseAfter: 20_000 }
    // Room for some 6,000 tokens of output at $8/M.
    const client = await open({ rules: cap('0.05') })
    client.say(create)
    const failed = await client.hear(({ type }) => type === 'response.failed')
    expect(failed).toMatchObject({ response: { id: 'resp_1', error: { code: 'invalid_prompt' } } })
    await fake.until(() => fake.closes.length === 1)
    const call = await harness.waitFor(({ state }) => state === 'settled')
    expect(call).toMatchObject({ ending: 'cut', usage: { source: 'estimated' } })
    // Over by the input at most: what the provider makes until it notices is counted in.
    expect(Number(call.costUsd)).toBeLessThan(0.0501)
    fake.script = { inputTokens: 10, outputTokens: 1 }
    client.say({ type: 'session.ping' })
    await fake.until(() => fake.handshakes.length === 2)
    expect(client.socket.readyState).toBe(client.socket.OPEN)
  })

  test('the kill switch ends a response that says nothing yet', async () => {
    fake.script = { inputTokens: 10, outputTokens: 500, pauseAfter: 0 }
    const client = await open()
    client.say(create)
    await client.hear(({ type }) => type === 'response.created')
    harness.gateway.books.traffic.killSwitch(true)
    expect(await client.hear(({ type }) => type === 'response.failed')).toMatchObject({
      response: { error: { code: 'invalid_prompt' } },
    })
    expect(await harness.waitFor(({ state }) => state === 'settled')).toMatchObject({ ending: 'cut' })
  })

  test('a client that leaves stops the provider, and its books are closed', async () => {
    fake.script = { inputTokens: 10, outputTokens: 500, pauseAfter: 40 }
    const client = await open()
    client.say(create)
    await client.hear(({ sequence_number: at }) => at === 40)
    client.socket.terminate()
    const call = await harness.waitFor(({ state }) => state === 'settled')
    expect(call).toMatchObject({ ending: 'client-left', usage: { output: 40, source: 'estimated' } })
    await fake.until(() => fake.closes.length === 1)
    expect(harness.gateway.books.balances.openHolds).toBe(0)
  })

  test('a provider that breaks off breaks the client’s socket too', async () => {
    fake.script = { inputTokens: 10, outputTokens: 500, pauseAfter: 3 }
    const client = await open()
    client.say(create)
    await client.hear(({ sequence_number: at }) => at === 3)
    for (const socket of fake.sockets) socket.terminate()
    expect(await client.closed).toBe(1006)
    expect(await harness.waitFor(({ state }) => state === 'settled')).toMatchObject({ ending: 'upstream-broke' })
  })

  test('a client that does not speak any more lets go of the provider with its own code', async () => {
    const client = await open()
    client.say(create)
    await client.hear(isOver)
    client.socket.close(4001, 'done')
    await fake.until(() => fake.closes.length === 1)
    expect(fake.closes).toEqual([{ code: 4001 }])
  })

  test('the provider’s own answer to a handshake is the client’s', async () => {
    fake.refuseWith = { status: 401, body: '{"error":{"message":"bad key"}}' }
    await expect(open()).rejects.toThrow('status 401')
  })

  test('an API that is not understood is told to use HTTP, and a page of another site nothing at all', async () => {
    await expect(open({}, '/openai/v1/live')).rejects.toThrow('status 426')
    const url = `${harness.url.replace('http', 'ws')}/openai/v1/responses`
    await expect(openSocket(url, { headers: { origin: 'https://evil.example' } })).rejects.toThrow('status 403')
    expect(fake.handshakes).toHaveLength(0)
  })

  test.each(['pause', 'kill switch'])(
    'while nothing may go (%s) it is told to use HTTP, which says why',
    async (how) => {
      harness = await startHarness({ settings: { upstreams: { openai: origin } } })
      const url = `${harness.url.replace('http', 'ws')}/openai/v1/responses`
      const { traffic } = harness.gateway.books
      if (how === 'pause') traffic.pause(null)
      else traffic.killSwitch(true)
      await expect(openSocket(url)).rejects.toThrow('status 426')
      expect(fake.handshakes).toHaveLength(0)
      traffic.killSwitch(false)
      traffic.resume(null)
      const client = await openSocket(url)
      client.socket.close()
      await client.closed
    },
  )
})
