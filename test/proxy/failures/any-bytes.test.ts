import { once } from 'node:events'
import { connect } from 'node:net'
import fc from 'fast-check'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type Harness, startHarness } from '../../support/gateway/gateway-harness.ts'
import { answerOf, chat, startCall } from '../../support/load/raw-call.ts'

let harness: Harness
beforeAll(async () => {
  harness = await startHarness({ behaviour: { latencyMs: () => 0 } })
})
afterAll(() => harness.stop())

const line = fc.oneof(
  fc.constantFrom(
    'POST /openai/v1/chat/completions HTTP/1.1',
    'GET /health HTTP/1.1',
    'CONNECT api.openai.com:443 HTTP/1.1',
    'CONNECT 127.0.0.1:4141 HTTP/1.1',
    'CONNECT [::1]:1 HTTP/1.1',
    'GET http://169.254.169.254/latest HTTP/1.1',
    'POST http://api.openai.com/v1/responses HTTP/1.1',
    'GET /@project=%00/openai/v1/models HTTP/1.1',
    'PRI * HTTP/2.0',
    'POST /../../etc/passwd HTTP/1.0',
  ),
  fc.string({ maxLength: 60 }),
)
const header = fc.oneof(
  fc.constantFrom(
    'host: 127.0.0.1',
    'content-length: 5',
    'content-length: -1',
    'content-length: 99999999999999999999',
    'transfer-encoding: chunked',
    'transfer-encoding: chunked, identity',
    'Transfer-Encoding : chunked',
    'upgrade: websocket',
    'connection: upgrade',
    'sec-websocket-key: x',
    'proxy-authorization: Basic AAAA',
    'authorization: Bearer x',
    'x-allowance-tag: a=b\r\n c',
    `x-long: ${'y'.repeat(20_000)}`,
    'content-encoding: gzip',
    'expect: 100-continue',
  ),
  fc.string({ maxLength: 40 }).map((text) => text.replaceAll('\n', ' ')),
)
const rest = fc.oneof(
  fc.constantFrom(
    '',
    '{}',
    '0\r\n\r\n',
    '5\r\nhello\r\n0\r\n\r\n',
    'GET /health HTTP/1.1\r\nhost: x\r\n\r\n',
    '{"model":"gpt-4o","n":1e9}',
  ),
  fc.uint8Array({ maxLength: 200 }).map((bytes) => Buffer.from(bytes).toString('latin1')),
)

/** Sends it, says that nothing more comes, and waits until the connection is over. */
async function send(text: string): Promise<void> {
  const { hostname, port } = new URL(harness.url)
  const socket = connect(Number(port), hostname)
  socket.on('error', () => {}).resume()
  socket.end(text, 'latin1')
  await once(socket, 'close')
}

test('whatever bytes come to the proxy port, the next call is served and nothing stays held', async () => {
  await fc.assert(
    fc.asyncProperty(line, fc.array(header, { maxLength: 6 }), rest, async (first, headers, body) => {
      await send(`${[first, ...headers].join('\r\n')}\r\n\r\n${body}`)
      expect(harness.gateway.books.balances.openHolds).toBe(0)
      const health = await fetch(`${harness.url}/health`)
      expect(await health.json()).toEqual({ ok: true })
    }),
    { numRuns: Number(process.env.PROPERTY_RUNS ?? 200), seed: Number(process.env.PROPERTY_SEED ?? 20_261_127) },
  )
  expect((await answerOf(startCall(`${harness.url}/openai/v1/chat/completions`, chat()))).status).toBe(200)
}, 120_000)
