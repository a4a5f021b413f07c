import { once } from 'node:events'
import { request as httpRequest } from 'node:http'
import { createServer, type AddressInfo, type Server, type Socket } from 'node:net'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type Harness, startHarness } from '../../support/gateway/gateway-harness.ts'
import { LOAD_APIS, type LoadApi } from '../../support/load/load-apis.ts'
import { answerOf, startCall } from '../../support/load/raw-call.ts'
import { FakeProvider } from '../../support/providers/fake-provider.ts'

/**
 * Every fault of an upstream, in every dialect, plain and streaming: the client sees what a direct connection shows, the
 * books are closed once, and nothing is left open.
 */

/** A whole answer as the provider's bytes: after its head it can break anywhere. */
interface Whole {
  type: string
  body: Buffer
}

/** What the upstream does once it has the request. */
type Fault = (socket: Socket, whole: Whole) => void

const head = (fields: Record<string, string | number>, status = '200 OK') =>
  `HTTP/1.1 ${status}\r\n${Object.entries(fields)
    .map(([name, value]) => `${name}: ${value}\r\n`)
    .join('')}\r\n`
const sized = ({ type, body }: Whole, more = 0) => head({ 'content-type': type, 'content-length': body.length + more })
const chunked = ({ type }: Whole) => head({ 'content-type': type, 'transfer-encoding': 'chunked' })
const chunk = (bytes: Buffer) =>
  Buffer.concat([Buffer.from(`${bytes.length.toString(16)}\r\n`), bytes, Buffer.from('\r\n')])
const HTML = Buffer.from('<!doctype html><title>502 Bad Gateway</title><h1>Bad Gateway</h1>')

/** Breaks after a share of the body, framed as it came. */
const cutAt =
  (share: number): Fault =>
  (socket, whole) => {
    const part = whole.body.subarray(0, Math.floor(whole.body.length * share))
    socket.write(chunked(whole))
    socket.write(part.length > 0 ? chunk(part) : Buffer.alloc(0), () => socket.destroy())
  }

const FAULTS: Record<string, Fault> = {
  'closes before its head': (socket) => socket.destroy(),
  'resets before its head': (socket) => socket.resetAndDestroy(),
  'breaks in the middle of its head': (socket) => socket.write('HTTP/1.1 200 OK\r\ncontent-ty', () => socket.destroy()),
  'breaks after its head': cutAt(0),
  'breaks after a byte': (socket, whole) => {
    socket.write(chunked(whole))
    socket.write(chunk(whole.body.subarray(0, 1)), () => socket.destroy())
  },
  'breaks in the first third': cutAt(0.3),
  'breaks in the second half': cutAt(0.7),
  'breaks before its last byte': cutAt(0.999),
  'sends all and breaks instead of its end': cutAt(1),
  'announces more than it sends': (socket, whole) => {
    socket.write(sized(whole, 100))
    socket.write(whole.body, () => socket.destroy())
  },
  'announces less than it sends': (socket, whole) => {
    socket.write(sized(whole, -10))
    socket.end(whole.body)
  },
  'ends with its connection': (socket, whole) => {
    socket.write(head({ 'content-type': whole.type, connection: 'close' }))
    socket.end(whole.body)
  },
  'drips byte by byte': (socket, whole) => {
    socket.write(sized(whole))
    const drip = (at: number) => {
      if (at < whole.body.length) socket.write(whole.body.subarray(at, at + 1), () => setImmediate(drip, at + 1))
    }
    drip(0)
  },
  'speaks no HTTP': (socket) => socket.end('I am a teapot\r\n\r\n'),
  'says gzip and sends none': (socket, { type, body }) => {
    socket.write(head({ 'content-type': type, 'content-length': body.length, 'content-encoding': 'gzip' }))
    socket.write(body)
  },
  'has garbage in its stream': (socket, whole) => {
    const middle = Math.floor(whole.body.length / 2)
    const parts = [
      whole.body.subarray(0, middle),
      Buffer.from('\n\ndata: {"broken\n\n\0\xff\n'),
      whole.body.subarray(middle),
    ]
    socket.write(chunked(whole))
    socket.write(Buffer.concat([...parts.map(chunk), Buffer.from('0\r\n\r\n')]))
  },
  'answers with a page': (socket) => {
    socket.write(head({ 'content-type': 'text/html', 'content-length': HTML.length }, '502 Bad Gateway'))
    socket.write(HTML)
  },
  'answers with a page and says it is well': (socket) => {
    socket.write(head({ 'content-type': 'text/html', 'content-length': HTML.length }))
    socket.write(HTML)
  },
  'sends elsewhere': (socket) => {
    socket.write(head({ location: 'https://elsewhere.example/', 'content-length': 0 }, '307 Temporary Redirect'))
  },
  'fails with an error of its own': (socket) => {
    const body = '{"error":{"message":"overloaded"}}'
    socket.write(head({ 'content-type': 'application/json', 'content-length': body.length }, '529 Overloaded') + body)
  },
}

let fake: FakeProvider
let far: Server
let harness: Harness
let fault: Fault
let whole: Whole
const sockets = new Set<Socket>()

beforeAll(async () => {
  fake = new FakeProvider({ latencyMs: () => 0, outputTokens: () => 40 })
  await fake.start()
  far = createServer((socket) => {
    sockets.add(socket)
    socket.on('close', () => sockets.delete(socket))
    socket.on('error', () => {})
    let seen = Buffer.alloc(0)
    socket.on('data', (bytes: Buffer) => {
      seen = Buffer.concat([seen, bytes])
      const end = seen.indexOf('\r\n\r\n')
      const length = Number(/\r\ncontent-length: *(\d+)/i.exec(seen.toString('latin1', 0, end + 2))?.[1] ?? 0)
      // Whatever is no request, a TLS hello for one, is answered too.
      if (seen[0] === 0x16) return fault(socket, whole)
      if (end < 0 || seen.length < end + 4 + length) return
      seen = seen.subarray(end + 4 + length)
      fault(socket, whole)
    })
  })
  far.listen(0, '127.0.0.1')
  await once(far, 'listening')
  const url = farUrl()
  const upstreams = Object.fromEntries(['openai', 'anthropic', 'google', 'bedrock', 'deepseek'].map((id) => [id, url]))
  harness = await startHarness({ settings: { upstreams } })
}, 60_000)

afterAll(async () => {
  expect(harness.gateway.books.balances.openHolds).toBe(0)
  await harness.stop()
  await fake.stop()
  for (const socket of sockets) socket.destroy()
  far.close()
})

const farUrl = () => `http://127.0.0.1:${(far.address() as AddressInfo).port}`

interface Seen {
  status: number | null
  body: string
  complete: boolean
}

/** What a client sees; null for the status when the connection broke before a head. */
async function ask(url: string, body: string): Promise<Seen> {
  const headers = { authorization: 'Bearer sk-test', 'x-api-key': 'k' }
  try {
    const answer = await answerOf(startCall(url, body, { headers }))
    return { status: answer.status, body: answer.body.toString('latin1'), complete: answer.complete }
  } catch {
    return { status: null, body: '', complete: false }
  }
}

describe.each(Object.entries(LOAD_APIS) as [string, LoadApi][])('%s', (_name, api) => {
  describe.each([false, true])('stream %s', (stream) => {
    const own = api.path(api.model, stream)
    const asked = { model: api.model, messages: [{ role: 'user' as const, content: 'hello' }], stream }
    // Usage is asked for by the client itself, so that nothing is edited on the way.
    const body = JSON.stringify({
      ...api.body({ ...asked, maxOutputTokens: 100, isCached: false }),
      ...(stream && own.endsWith('chat/completions') ? { stream_options: { include_usage: true } } : {}),
    })

    test.each(Object.keys(FAULTS))('%s', async (name) => {
      whole = await recorded(own.replace(/^\/[a-z]+/, ''), body)
      fault = FAULTS[name]!
      const before = new Set(harness.calls().map(({ id }) => id))
      const direct = await ask(farUrl() + own, body)
      const through = await ask(harness.url + own, body)
      expect(through).toEqual(direct)
      const call = await harness.waitFor(({ id, endedAt }) => !before.has(id) && endedAt !== null)
      expect(harness.calls().filter(({ id }) => !before.has(id))).toHaveLength(1)
      const wasAnswered = direct.status !== null && direct.status < 400
      // What may have been made is never free; what the provider itself refused is.
      if (wasAnswered || direct.status === null) expect(call).toMatchObject({ state: 'settled' })
      else expect(call).toMatchObject({ state: 'released', costUsd: '0.000000000' })
      // A stream is whole with its own last event, whatever becomes of the connection then.
      const isWhole = stream && direct.body === whole.body.toString('latin1')
      if (!direct.complete && !isWhole) expect(call.ending).toBe('upstream-broke')
      expect(harness.gateway.books.balances.openHolds).toBe(0)
    })
  })
})

/** The healthy answer's bytes, as the provider of this dialect makes them. */
async function recorded(path: string, body: string): Promise<Whole> {
  const request = httpRequest(fake.url + path, { method: 'POST', headers: { 'content-type': 'application/json' } })
  request.end(body)
  const answer = await answerOf(request)
  expect(answer.status).toBe(200)
  return { type: String(answer.headers['content-type']), body: answer.body }
}

test('an upstream that falls silent is given up after its limit, and nothing of it stays open', async () => {
  const silent = await startHarness({
    settings: { upstreams: { openai: farUrl() }, limits: { upstreamIdleSeconds: 0.2 } },
  })
  const { chat } = LOAD_APIS
  const body = (stream: boolean) =>
    JSON.stringify(
      chat.body({
        model: chat.model,
        messages: [{ role: 'user', content: 'hi' }],
        stream,
        maxOutputTokens: 50,
        isCached: false,
      }),
    )
  const url = silent.url + chat.path(chat.model, false)
  fault = () => {}
  expect(await ask(url, body(false))).toMatchObject({ status: null })
  fault = (socket, { type }) => void socket.write(head({ 'content-type': type, 'transfer-encoding': 'chunked' }))
  whole = { type: 'text/event-stream', body: Buffer.alloc(0) }
  expect(await ask(url, body(true))).toMatchObject({ status: 200, complete: false })
  await silent.waitFor(({ stream, endedAt }) => stream && endedAt !== null)
  expect(silent.calls().map(({ state, ending }) => [state, ending])).toEqual([
    ['settled', 'upstream-broke'],
    ['settled', 'upstream-broke'],
  ])
  await silent.stop()
})

/** Where nothing can arrive, nothing is paid for, and the client is told why. */
test.each<[string, () => string]>([
  ['a name that nobody knows', () => 'http://nowhere.invalid'],
  ['a port where nobody listens', () => 'http://127.0.0.1:1'],
  ['TLS to a port that speaks none', () => farUrl().replace('http:', 'https:')],
])('%s: 502 with the reason, at no cost', async (_name, upstream) => {
  fault = (socket) => socket.end('HTTP/1.1 400 Bad Request\r\n\r\n')
  const apart = await startHarness({ settings: { upstreams: { openai: upstream() } } })
  const { chat } = LOAD_APIS
  const asked = { model: chat.model, messages: [{ role: 'user' as const, content: 'hi' }], stream: false }
  const answer = await ask(
    apart.url + chat.path(chat.model, false),
    JSON.stringify(chat.body({ ...asked, maxOutputTokens: 50, isCached: false })),
  )
  expect(answer).toMatchObject({ status: 502, body: expect.stringMatching(/cannot be reached.*costs nothing/) })
  expect(apart.calls()).toMatchObject([{ state: 'released', costUsd: '0.000000000' }])
  await apart.stop()
})
