import { once } from 'node:events'
import { createServer, request as httpRequest, type IncomingMessage } from 'node:http'
import { connect as connectHttp2 } from 'node:http2'
import { type AddressInfo, connect } from 'node:net'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { type Harness, startHarness } from '../../support/gateway/gateway-harness.ts'
import { openTunnel } from '../intercept/proxy-harness.ts'

/** A gateway that listens everywhere, as for containers; its clients here come by another of this machine's addresses. */
let gateway: Harness
let port: number
let token: string
beforeAll(async () => {
  gateway = await startHarness({ settings: { listen: '0.0.0.0' } })
  port = Number(new URL(gateway.url).port)
  token = gateway.gateway.proxyToken ?? ''
})
afterAll(() => gateway.stop())
beforeEach(() => void (gateway.fake.records.length = 0))

const chat = JSON.stringify({ model: 'gpt-5-mini', messages: [{ role: 'user', content: 'hi' }] })
const basic = (userName: string, password: string) =>
  `Basic ${Buffer.from(`${userName}:${password}`).toString('base64')}`

function post(
  path: string,
  headers: Record<string, string> = {},
): Promise<{ status: number; headers: IncomingMessage['headers']; body: string }> {
  return new Promise((resolve, reject) => {
    const json = { 'content-type': 'application/json', authorization: 'Bearer k' }
    const request = httpRequest(
      { host: '127.0.0.1', port, path, method: 'POST', headers: { ...json, ...headers } },
      async (response) => {
        let body = ''
        for await (const chunk of response) body += String(chunk)
        resolve({ status: response.statusCode ?? 0, headers: response.headers, body })
      },
    )
    request.once('error', reject)
    request.end(chat)
  })
}

describe('base URLs', () => {
  it.each([
    ['nothing', '', {}],
    ['a wrong tag', '/@token=wrong,project=web', {}],
    ['a wrong header', '', { 'x-allowance-token': 'wrong' }],
    ['an empty header', '', { 'x-allowance-token': '' }],
    ['the token where tags are written, which is no place for it', '', { 'x-allowance-tag': 'token=TOKEN' }],
  ])('with %s are answered 401, with a sentence', async (_, prefix, headers: Record<string, string>) => {
    const shown = Object.fromEntries(
      Object.entries(headers).map(([name, value]) => [name, value.replace('TOKEN', token)]),
    )
    const { status, body } = await post(`${prefix}/openai/v1/chat/completions`, shown)
    expect([status, JSON.parse(body)]).toMatchObject([
      401,
      { error: { message: expect.stringContaining('needs its token') } },
    ])
    expect(gateway.fake.records).toEqual([])
  })

  it('with the token as a tag pass, and it is kept nowhere', async () => {
    const { status } = await post(`/@token=${token},project=tagged/openai/v1/chat/completions`)
    expect(status).toBe(200)
    const record = await gateway.waitFor((one) => one.state === 'settled' && one.attribution.project === 'tagged')
    expect(record.attribution.tags).toEqual({})
    expect(JSON.stringify([record, gateway.fake.records, gateway.log])).not.toContain(token)
  })

  it('with the token as a header pass, it goes no further, and any name of the machine will do', async () => {
    const { status } = await post('/@project=header/openai/v1/chat/completions', {
      'x-allowance-token': token,
      host: `gateway.acme:${port}`,
    })
    expect(status).toBe(200)
    const record = await gateway.waitFor((one) => one.state === 'settled' && one.attribution.project === 'header')
    expect(JSON.stringify([record, gateway.fake.records])).not.toContain(token)
  })

  it('of a foreign page are refused, token or not', async () => {
    expect((await post(`/@token=${token}/openai/v1/chat/completions`, { origin: 'https://evil.example' })).status).toBe(
      403,
    )
  })

  it('by HTTP/2 with prior knowledge have to show it too', async () => {
    const session = connectHttp2(`http://127.0.0.1:${port}`)
    const statuses = []
    for (const prefix of ['', `/@token=${token}`]) {
      const stream = session.request({
        ':method': 'POST',
        ':path': `${prefix}/openai/v1/chat/completions`,
        'content-type': 'application/json',
      })
      stream.end(chat)
      const [headers] = (await once(stream, 'response')) as [Record<string, unknown>]
      statuses.push(headers[':status'])
      stream.resume()
      await once(stream, 'close')
    }
    session.destroy()
    expect(statuses).toEqual([401, 200])
  })

  it('that want to become WebSockets are answered before the handshake', async () => {
    const socket = connect(port, '127.0.0.1')
    socket.write(
      `GET /openai/v1/responses HTTP/1.1\r\nhost: 127.0.0.1:${port}\r\nconnection: upgrade\r\nupgrade: websocket\r\nsec-websocket-version: 13\r\nsec-websocket-key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n`,
    )
    const [first] = (await once(socket, 'data')) as [Buffer]
    expect(String(first)).toMatch(/^HTTP\/1\.1 401 /)
    socket.destroy()
  })

  it('ask nothing of who only wants to know whether we are there', async () => {
    expect((await fetch(`http://127.0.0.1:${port}/health`)).status).toBe(200)
  })
})

describe('proxy forms', () => {
  it('CONNECT without the token, or with a wrong one, is answered 407 before anything is dialled', async () => {
    for (const headers of [
      {},
      { 'proxy-authorization': basic('project=web', 'wrong') },
      { 'proxy-authorization': basic(token, '') },
    ]) {
      const { socket, head } = await openTunnel(port, 'api.openai.com:443', headers as Record<string, string>)
      expect(head).toMatch(/^HTTP\/1\.1 407 [\s\S]*proxy-authenticate: Basic[\s\S]*needs its token/)
      socket.destroy()
    }
  })

  it('inside a tunnel that has shown it nothing more is asked', async () => {
    const { socket, head } = await openTunnel(port, `127.0.0.1:${port}`, {
      'proxy-authorization': basic('project=inside', token),
    })
    expect(head).toMatch(/^HTTP\/1\.1 200/)
    socket.write(
      `POST /openai/v1/chat/completions HTTP/1.1\r\nhost: 127.0.0.1:${port}\r\ncontent-type: application/json\r\ncontent-length: ${chat.length}\r\n\r\n${chat}`,
    )
    const [first] = (await once(socket, 'data')) as [Buffer]
    expect(String(first)).toMatch(/^HTTP\/1\.1 200/)
    socket.destroy()
  })

  it('absolute-form is answered 407, and with the token passes without a word of ours', async () => {
    const seen: IncomingMessage['headers'][] = []
    const foreign = createServer((request, response) => {
      seen.push(request.headers)
      response.end('hello')
    })
    await once(foreign.listen(0, '127.0.0.1'), 'listening')
    const url = `http://127.0.0.1:${(foreign.address() as AddressInfo).port}/x`
    const refused = await post(url, { 'proxy-authorization': basic('allowance', 'wrong') })
    expect([refused.status, refused.headers['proxy-authenticate']]).toEqual([407, 'Basic realm="Allowance"'])
    expect(seen).toEqual([])
    const passed = await post(url, {
      'proxy-authorization': basic('allowance', token),
      'x-allowance-token': token,
      'x-allowance-project': 'web',
    })
    expect([passed.status, passed.body]).toEqual([200, 'hello'])
    expect(Object.keys(seen[0] ?? {}).filter((name) => /allowance|proxy/.test(name))).toEqual([])
    foreign.close()
  })
})

it('the token outlives the gateway, because containers were given it', async () => {
  const again = await startHarness({ home: gateway.home, settings: { listen: '0.0.0.0' } }).catch(() => null)
  expect(again?.gateway.proxyToken).toBe(token)
  await again?.stop()
})

it('on loopback alone nothing has to be shown, and a token that is shown all the same is no tag', async () => {
  const local = await startHarness()
  expect(local.gateway.proxyToken).toBeNull()
  const answer = await fetch(`${local.url}/@token=whatever,project=web/openai/v1/chat/completions`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: 'Bearer k' },
    body: chat,
  })
  expect(answer.status).toBe(200)
  expect((await local.waitFor((one) => one.state === 'settled')).attribution.tags).toEqual({})
  await local.stop()
})
