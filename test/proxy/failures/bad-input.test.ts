import { once } from 'node:events'
import { connect } from 'node:net'
import { gzipSync } from 'node:zlib'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { ensureHome } from '../../../main/platform/home/paths.ts'
import { startHarness, type Harness } from '../../support/gateway/gateway-harness.ts'
import { answerOf, chat, startCall } from '../../support/load/raw-call.ts'

let harness: Harness
let url: string

describe('what cannot be right', () => {
  let good = 0
  beforeAll(async () => {
    harness = await startHarness({ settings: { limits: { maxBodyBytes: 100_000 } }, behaviour: { latencyMs: () => 0 } })
    url = `${harness.url}/openai/v1/chat/completions`
  })
  afterAll(() => harness.stop())
  afterEach(async () => {
    // Nothing of it was sent, and whatever came in, the gateway lives on and serves the next call.
    expect(harness.fake.records).toHaveLength(good)
    expect((await answerOf(startCall(url, chat()))).status).toBe(200)
    good += 1
    expect(harness.gateway.books.balances.openHolds).toBe(0)
  })

  test.each([
    ['a length that is announced', {}, 'x'.repeat(200_000)],
    ['a length that nobody announced', { 'transfer-encoding': 'chunked' }, 'x'.repeat(200_000)],
    ['a small body that unpacks to a large one', { 'content-encoding': 'gzip' }, gzipSync(Buffer.alloc(10_000_000))],
  ])('too large, by %s: 413 with the limit, and nothing is sent', async (_name, headers, body) => {
    const answer = await answerOf(startCall(url, body, { headers }))
    expect(answer.status).toBe(413)
    expect(JSON.parse(answer.body.toString())).toMatchObject({
      error: { message: expect.stringContaining('limits.maxBodyBytes'), allowance: { code: 'too-large' } },
    })
  })

  test.each([
    ['too large', '/openai/v1/chat/completions', 413, 'limits.maxBodyBytes', 'keep-alive'],
    ['too large, by a client that wants no more', '/openai/v1/chat/completions', 413, 'limits.maxBodyBytes', 'close'],
    ['to a route that does not exist', '/opnai/v1/chat/completions', 404, 'Routes:', 'keep-alive'],
  ])('%s: who reads nothing before all is sent is told so', async (_name, route, status, told, connection) => {
    const { hostname, port, host } = new URL(url)
    const socket = connect(Number(port), hostname)
    const body = Buffer.alloc(32 * 1024 * 1024, 'x')
    const head = [
      `POST ${route} HTTP/1.1`,
      `host: ${host}`,
      `connection: ${connection}`,
      `content-length: ${body.length}`,
    ]
    // Paused, so that the answer lies unread until the last byte of the request is out.
    socket.pause()
    await new Promise<void>((resolve, reject) => {
      socket.once('error', reject)
      socket.write(`${head.join('\r\n')}\r\n\r\n`)
      socket.write(body, () => resolve())
    })
    let answer = ''
    socket.setEncoding('utf8')
    for await (const text of socket as AsyncIterable<string>) {
      answer += text
      if (answer.includes(told)) break
    }
    expect(answer).toMatch(new RegExp(`^HTTP/1.1 ${status} `))
    socket.destroy()
  })

  test.each([
    ['no JSON', 'hello', {}],
    ['JSON that stops in the middle', '{"model":"gpt-4o","messages":[', {}],
    ['nothing', '', {}],
    ['a list', '[1,2]', {}],
    ['a word', '"hello"', {}],
    ['null', 'null', {}],
    ['gzip that is none', 'hello', { 'content-encoding': 'gzip' }],
    ['an encoding that nobody knows', 'hello', { 'content-encoding': 'rot13' }],
  ])("%s: 400 with a sentence, in the provider's own shape", async (_name, body, headers) => {
    const answer = await answerOf(startCall(url, body, { headers }))
    expect(answer.status).toBe(400)
    expect(answer.headers['x-should-retry']).toBe('false')
    const { error } = JSON.parse(answer.body.toString()) as { error: { message: string; allowance: { code: string } } }
    expect(error.allowance.code).toBe('bad-request')
    expect(error.message).toMatch(/^Allowance: .{20,}\.$/)
  })

  test('a body that its client never finishes sends nothing and holds nothing', async () => {
    const { port } = new URL(harness.url)
    const socket = connect(Number(port), '127.0.0.1')
    const accepted = once(socket, 'connect')
    socket.write(
      `POST /openai/v1/chat/completions HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\nContent-Type: application/json\r\nContent-Length: 1000\r\n\r\n{"model":`,
    )
    await accepted
    socket.destroy()
    await once(socket, 'close')
  })

  test.each(['/', '/nope', '/nope/v1/chat/completions', '/@project=web', '/openai-x/v1/models', '/%zz/v1'])(
    '%s is no route: 404 that says which there are',
    async (path) => {
      const answer = await answerOf(startCall(`${harness.url}${path}`, chat()))
      expect(answer.status).toBe(404)
      const { error } = JSON.parse(answer.body.toString()) as { error: { message: string } }
      expect(error.message).toContain('/<provider>/<rest>')
      expect(error.message).toContain('OPENAI_BASE_URL')
    },
  )

  test.each([
    ['a page of another site', { origin: 'https://evil.example' }],
    ['a cross-site request', { 'sec-fetch-site': 'cross-site' }],
    ['a name that was bound to us', { host: 'evil.example' }],
  ])('%s: 403', async (_name, headers) => {
    expect((await answerOf(startCall(url, chat(), { headers }))).status).toBe(403)
  })
})

describe('what stands in the way of a start', () => {
  test('a busy port is named, with what to do', async () => {
    harness = await startHarness()
    const port = Number(new URL(harness.url).port)
    await expect(startHarness({ settings: { port } })).rejects.toMatchObject({
      code: 'port-busy',
      message: expect.stringContaining(String(port)),
      fix: expect.stringContaining('--port 0'),
    })
    await harness.stop()
  })

  test('a home that cannot be written is named, with what to do', () => {
    const error = (() => {
      try {
        return ensureHome('/dev/null/allowance')
      } catch (thrown) {
        return thrown
      }
    })()
    expect(error).toMatchObject({
      code: 'home-not-writable',
      message: expect.stringContaining('/dev/null/allowance'),
      fix: expect.stringContaining('ALLOWANCE_HOME'),
    })
  })
})
