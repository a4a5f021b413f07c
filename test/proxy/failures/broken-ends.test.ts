import { once } from 'node:events'
import { Agent, type IncomingMessage } from 'node:http'
import { afterEach, describe, expect, test } from 'vitest'
import type { Appended } from '../../../main/ledger/store/ledger.ts'
import { chatChunk, type FarEnd, startFarEnd } from '../../support/providers/far-end.ts'
import type { FakeRecord } from '../../support/providers/fake-provider.ts'
import { type Harness, startHarness } from '../../support/gateway/gateway-harness.ts'
import { answerOf, chat, startCall } from '../../support/load/raw-call.ts'

let harness: Harness
let farEnd: FarEnd | null = null
afterEach(async () => {
  expect(harness.gateway.books.balances.openHolds).toBe(0)
  expect(harness.gateway.books.waiting.length).toBe(0)
  await harness.stop()
  await farEnd?.stop()
  farEnd = null
})

async function inFrontOf(answer: Parameters<typeof startFarEnd>[0]): Promise<string> {
  farEnd = await startFarEnd(answer)
  harness = await startHarness({ settings: { upstreams: { openai: farEnd.url } } })
  return `${harness.url}/openai/v1/chat/completions`
}

describe('an upstream that fails', () => {
  test('unreachable: 502 with a sentence, and the hold is given back', async () => {
    harness = await startHarness({ settings: { upstreams: { openai: 'http://127.0.0.1:1' } } })
    const answer = await answerOf(startCall(`${harness.url}/openai/v1/chat/completions`, chat()))
    expect(answer.status).toBe(502)
    expect(answer.body.toString()).toMatch(/127\.0\.0\.1:1 cannot be reached.*costs nothing/)
    expect(harness.calls()).toMatchObject([{ state: 'released', costUsd: '0.000000000', ending: 'upstream-broke' }])
  })

  test("broken before its answer: the client's connection breaks too, and what it may have cost is kept, not zero", async () => {
    const url = await inFrontOf((request) => request.socket.destroy())
    await expect(answerOf(startCall(url, chat({ max_tokens: 100 })))).rejects.toThrow()
    const call = await harness.waitFor((one) => one.endedAt !== null)
    expect(call).toMatchObject({
      state: 'settled',
      ending: 'upstream-broke',
      httpStatus: null,
      usage: { source: 'estimated', output: 100 },
    })
    expect(Number(call.costUsd)).toBeGreaterThan(0)
    // On a fresh connection nobody knows whether it was read, so it is not sent again.
    expect(farEnd?.requests).toHaveLength(1)
  })

  test('broken before its answer on a kept connection: it is not sent again, because the far end may have read it', async () => {
    let answered = 0
    const url = await inFrontOf((request, response) => {
      answered += 1
      if (answered === 1) response.writeHead(200, { 'content-type': 'application/json' }).end('{"id":"x","choices":[]}')
      else request.socket.destroy()
    })
    const agent = new Agent({ keepAlive: true })
    expect((await answerOf(startCall(url, chat(), { agent }))).status).toBe(200)
    await expect(answerOf(startCall(url, chat(), { agent }))).rejects.toThrow()
    agent.destroy()
    expect(farEnd?.requests).toHaveLength(2)
    expect(await harness.waitFor((one) => one.ending === 'upstream-broke')).toMatchObject({ state: 'settled' })
  })

  test("broken in the middle of a stream: the client's stream breaks, and what was made is charged", async () => {
    const url = await inFrontOf((request, response) => {
      response.writeHead(200, { 'content-type': 'text/event-stream' })
      response.write(chatChunk(' time people water house good light small world'), () => request.socket.destroy())
    })
    const answer = await answerOf(startCall(url, chat({ stream: true })))
    expect(answer).toMatchObject({ status: 200, complete: false })
    const call = await harness.waitFor((one) => one.endedAt !== null)
    expect(call).toMatchObject({
      state: 'settled',
      ending: 'upstream-broke',
      usage: { source: 'estimated', output: 8 },
    })
    expect(call.usage?.uncachedInput).toBeGreaterThan(0)
    expect(Number(call.costUsd)).toBeGreaterThan(0)
  })

  test('broken in the middle of a plain body: broken, and charged as what is usual', async () => {
    const url = await inFrontOf((request, response) => {
      response.writeHead(200, { 'content-type': 'application/json', 'content-length': '1000' })
      response.write('{"id":"x","choices":[', () => request.socket.destroy())
    })
    expect(await answerOf(startCall(url, chat({ max_tokens: 500 })))).toMatchObject({ complete: false })
    expect(await harness.waitFor((one) => one.endedAt !== null)).toMatchObject({
      ending: 'upstream-broke',
      usage: { source: 'estimated', output: 500 },
    })
  })

  test('its own errors pass untouched and cost nothing', async () => {
    const url = await inFrontOf((_request, response) => {
      response.writeHead(429, { 'content-type': 'application/json', 'retry-after': '7' })
      response.end('{"error":{"message":"slow down","type":"rate_limit_exceeded"}}')
    })
    const answer = await answerOf(startCall(url, chat()))
    expect(answer).toMatchObject({ status: 429, headers: { 'retry-after': '7' } })
    expect(answer.body.toString()).toBe('{"error":{"message":"slow down","type":"rate_limit_exceeded"}}')
    expect(harness.calls()).toMatchObject([
      { state: 'released', httpStatus: 429, ending: 'upstream-error', costUsd: '0.000000000' },
    ])
  })

  test('an answer in an encoding that nobody can undo passes, and is charged as what is usual', async () => {
    const url = await inFrontOf((_request, response) => {
      response.writeHead(200, { 'content-type': 'application/json', 'content-encoding': 'rot13' })
      response.end('uryyb')
    })
    expect((await answerOf(startCall(url, chat({ max_tokens: 500 })))).body.toString()).toBe('uryyb')
    expect(harness.calls()).toMatchObject([{ state: 'settled', usage: { source: 'estimated', output: 500 } }])
  })
})

describe('a client that leaves', () => {
  const overAtFake = () => new Promise<FakeRecord>((resolve) => harness.fake.onDone(resolve))

  test('in the middle of a stream: the upstream is stopped, and what was made is charged', async () => {
    harness = await startHarness({
      behaviour: { outputTokens: () => 5_000, chunkTokens: () => 10, latencyMs: () => 10_000 },
    })
    const over = overAtFake()
    const request = startCall(`${harness.url}/openai/v1/chat/completions`, chat({ stream: true }))
    const [response] = (await once(request, 'response')) as [IncomingMessage]
    response.on('error', () => {})
    for await (const chunk of response as AsyncIterable<Buffer>) if (chunk.includes(' time')) break
    request.destroy()
    const made = await over
    expect(made.aborted).toBe(true)
    expect(made.outputTokens).toBeLessThan(1_000)
    const call = await harness.waitFor((one) => one.endedAt !== null)
    expect(call).toMatchObject({ state: 'settled', ending: 'client-left', usage: { source: 'estimated' } })
    expect(call.usage?.output).toBeGreaterThan(0)
    expect(call.usage?.output).toBeLessThanOrEqual(made.outputTokens)
  })

  test('before a plain answer came: the upstream is stopped, and what is usual is charged', async () => {
    harness = await startHarness({ behaviour: { outputTokens: () => 500, latencyMs: () => 10_000 } })
    const over = overAtFake()
    const arrived = nextEvent(harness, 'call.admitted')
    const request = startCall(`${harness.url}/openai/v1/chat/completions`, chat())
    await arrived
    while (harness.fake.records.length === 0) await new Promise(setImmediate)
    request.destroy()
    expect((await over).aborted).toBe(true)
    const call = await harness.waitFor((one) => one.endedAt !== null)
    expect(call).toMatchObject({ state: 'settled', ending: 'client-left' })
    expect(call.usage?.output).toBeGreaterThan(0)
  })

  test('while it waits for its turn: nothing is sent, nothing is charged, the line moves on', async () => {
    harness = await startHarness({
      behaviour: { outputTokens: () => 100, latencyMs: () => 300 },
      rules: [{ id: 'daily', guard: 'spend-cap', limitUsd: '0.011', per: 'day' }],
    })
    const url = `${harness.url}/openai/v1/chat/completions`
    const body = chat({ max_tokens: 1_000 })
    const first = answerOf(startCall(url, body))
    await nextEvent(harness, 'call.admitted')
    const waiting = nextEvent(harness, 'call.waiting')
    const second = startCall(url, body)
    await waiting
    second.destroy()
    const left = await harness.waitFor((one) => one.state === 'released')
    expect(left).toMatchObject({ ending: 'client-left', costUsd: '0.000000000' })
    expect((await first).status).toBe(200)
    expect(harness.fake.records).toHaveLength(1)
  })
})

function nextEvent({ gateway }: Harness, type: string): Promise<Appended> {
  return new Promise((resolve) => {
    const stop = gateway.books.ledger.subscribe((appended) => {
      if (appended.event.type !== type) return
      stop()
      resolve(appended)
    })
  })
}
