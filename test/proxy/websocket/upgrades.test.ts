import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { request as httpRequest } from 'node:http'
import { connect, type Socket } from 'node:net'
import { connect as connectTls } from 'node:tls'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { SocketFake } from '../../support/providers/fake/socket-fake.ts'
import { type Harness, startHarness } from '../../support/gateway/gateway-harness.ts'
import { openSocket } from '../../support/load/socket-client.ts'

let fake: SocketFake
let harness: Harness
beforeEach(async () => {
  fake = new SocketFake()
})
afterEach(async () => {
  await harness.stop()
  await fake.stop()
})

async function tunnelTo(host: string, userName: string): Promise<Socket> {
  const { hostname, port } = new URL(harness.url)
  const authorization = `Basic ${Buffer.from(`${userName}:x`).toString('base64')}`
  const asked = httpRequest({
    hostname,
    port,
    method: 'CONNECT',
    path: `${host}:443`,
    headers: { 'proxy-authorization': authorization },
  })
  asked.end()
  const [, socket] = (await once(asked, 'connect')) as [unknown, Socket]
  return socket
}

describe('upgrades', () => {
  test('out of a decrypted tunnel, with the tags of the proxy URL', async () => {
    const origin = await fake.start()
    harness = await startHarness({ settings: { upstreams: { openai: origin } } })
    const ca = readFileSync(harness.gateway.interception.authority.bundlePath)
    const socket = await tunnelTo('api.openai.com', 'project=web,session=s1')
    const client = await openSocket('wss://api.openai.com/v1/responses', {
      createConnection: () => connectTls({ socket, servername: 'api.openai.com', ca }),
    })
    client.say({ type: 'response.create', model: 'gpt-4.1', input: 'hello' })
    await client.hear(({ type }) => type === 'response.completed')
    expect(harness.calls()).toMatchObject([
      { state: 'settled', costUsd: '0.000360000', attribution: { project: 'web', session: 's1' } },
    ])
    expect(fake.handshakes[0]?.url).toBe('/v1/responses')
    client.socket.close()
    await client.closed
  })

  test('a gateway that stops lets a response finish, says why it goes, and has closed its books', async () => {
    const origin = await fake.start()
    harness = await startHarness({ settings: { upstreams: { openai: origin } } })
    const client = await openSocket(`${harness.url.replace('http', 'ws')}/openai/v1/responses`)
    client.say({ type: 'response.create', model: 'gpt-4.1', input: 'hello' })
    await client.hear(({ type }) => type === 'response.completed')
    await harness.gateway.stop('test over')
    expect(await client.closed).toBe(1001)
  })

  test('an offer of h2c, as Java makes with every plain request, is answered as if it had not been made', async () => {
    harness = await startHarness()
    const { port } = new URL(harness.url)
    const body = JSON.stringify({ model: 'gpt-4.1', messages: [{ role: 'user', content: 'hello' }] })
    const socket = connect(Number(port), '127.0.0.1')
    const head = [
      'POST /openai/v1/chat/completions HTTP/1.1',
      `host: 127.0.0.1:${port}`,
      'connection: Upgrade, HTTP2-Settings',
      'upgrade: h2c',
      'http2-settings: AAEAAEAAAAIAAAAB',
      'content-type: application/json',
      `content-length: ${body.length}`,
    ]
    // The body comes a moment later, as it does from a real client.
    socket.write(`${head.join('\r\n')}\r\n\r\n${body.slice(0, 10)}`)
    setImmediate(() => socket.write(body.slice(10)))
    const [answer] = (await once(socket, 'data')) as [Buffer]
    expect(answer.toString()).toMatch(/^HTTP\/1\.1 200 OK/)
    socket.destroy()
    expect(await harness.waitFor(({ state }) => state === 'settled')).toMatchObject({
      provider: 'openai',
      attribution: { process: { pid: process.pid } },
    })
  })
})
