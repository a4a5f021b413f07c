import { createServer } from 'node:http'
import { connect as connectHttp2 } from 'node:http2'
import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { type Harness, startHarness } from '../../support/gateway/gateway-harness.ts'
import { runProgram } from './proxy-harness.ts'

let gateway: Harness
beforeEach(async () => {
  gateway = await startHarness()
})
afterEach(() => gateway.stop())

const proxyWith = (userName: string) => gateway.url.replace('://', `://${userName}:x@`)
const bundle = () => gateway.gateway.interception.authority.bundlePath
const chat = JSON.stringify({ model: 'gpt-5-mini', messages: [{ role: 'user', content: 'hi' }] })

describe('a whole gateway', () => {
  it('meters what curl says to api.openai.com through CONNECT, with the tags of the proxy URL', async () => {
    const { stdout, stderr } = await runProgram('curl', [
      '-sS',
      '-x',
      proxyWith('project=web,session=s1'),
      '--cacert',
      bundle(),
      '-H',
      'content-type: application/json',
      '-H',
      'authorization: Bearer k',
      '-d',
      chat,
      'https://api.openai.com/v1/chat/completions',
    ])
    expect(JSON.parse(stdout), stderr).toHaveProperty('choices')
    const record = await gateway.waitFor((one) => one.state === 'settled')
    expect(record).toMatchObject({
      provider: 'openai',
      attribution: { project: 'web', session: 's1' },
      usage: { source: 'reported' },
    })
  })

  it('sends a decrypted call through the proxy that the launch had before', async () => {
    const asked: string[] = []
    const corporate = createServer()
    corporate.on('connect', (request, socket) => {
      asked.push(request.url ?? '')
      socket.end('HTTP/1.1 403 Not today\r\n\r\n')
    })
    await once(corporate.listen(0, '127.0.0.1'), 'listening')
    const proxyTag = Buffer.from(`http://127.0.0.1:${(corporate.address() as AddressInfo).port}`).toString('base64url')
    const openaiTag = Buffer.from('https://api.openai.com').toString('base64url')
    const { stdout } = await runProgram('curl', [
      '-sS',
      '-x',
      proxyWith(`upstream-proxy=${proxyTag},upstream-openai=${openaiTag}`),
      '--cacert',
      bundle(),
      '-H',
      'authorization: Bearer k',
      '-H',
      'content-type: application/json',
      '-d',
      chat,
      'https://api.openai.com/v1/chat/completions',
    ])
    expect(asked).toEqual(['api.openai.com:443'])
    expect(stdout).toContain('it answered HTTP/1.1 403 Not today')
    corporate.close()
  })

  it('speaks HTTP/2 with prior knowledge on its port', async () => {
    const session = connectHttp2(gateway.url)
    const stream = session.request({
      ':method': 'POST',
      ':path': '/openai/v1/chat/completions',
      'content-type': 'application/json',
      authorization: 'Bearer k',
    })
    stream.end(chat)
    const [headers] = await once(stream, 'response')
    expect(headers[':status']).toBe(200)
    let text = ''
    for await (const chunk of stream) text += String(chunk)
    expect(JSON.parse(text)).toHaveProperty('choices')
    session.destroy()
    expect(await gateway.waitFor((one) => one.state === 'settled')).toMatchObject({ provider: 'openai' })
  })
})

describe('plain HTTP by HTTP_PROXY', () => {
  async function foreign() {
    const seen: { url?: string; headers: Record<string, unknown> }[] = []
    const server = createServer((request, response) => {
      seen.push({ url: request.url, headers: request.headers })
      response.writeHead(201, { 'x-own': 'yes', 'set-cookie': ['a=1', 'b=2'] })
      request.pipe(response)
    })
    await once(server.listen(0, '127.0.0.1'), 'listening')
    return { seen, server, url: `http://127.0.0.1:${(server.address() as AddressInfo).port}` }
  }

  it('of somebody else’s host passes as it is, our credentials taken out', async () => {
    const { seen, server, url } = await foreign()
    const body = 'x'.repeat(2_000_000)
    const { stdout, stderr } = await runProgram('bash', [
      '--norc',
      '-c',
      `head -c ${body.length} /dev/zero | tr '\\0' x | curl -sSi -x ${proxyWith('project=web')} --data-binary @- -H 'Expect:' ${url}/a?b=c`,
    ])
    expect(stdout, stderr).toContain('201 Created')
    expect(stdout.match(/set-cookie: [ab]=[12]/g)).toHaveLength(2)
    expect(stdout.endsWith(body)).toBe(true)
    expect(seen[0]).toMatchObject({ url: '/a?b=c', headers: { host: new URL(url).host } })
    expect(seen[0]?.headers['proxy-authorization']).toBeUndefined()
    expect(gateway.calls()).toEqual([])
    server.close()
  })

  it('goes to the proxy that the launch had before, as a proxy is asked', async () => {
    const { seen, server, url } = await foreign()
    const tag = Buffer.from(url.replace('://', '://ada:pw@')).toString('base64url')
    await runProgram('curl', ['-sS', '-x', proxyWith(`upstream-proxy=${tag}`), 'http://intranet.test/x'])
    expect(seen[0]).toMatchObject({
      url: 'http://intranet.test/x',
      headers: { host: 'intranet.test', 'proxy-authorization': `Basic ${Buffer.from('ada:pw').toString('base64')}` },
    })
    server.close()
  })

  it('to ourselves is a base URL that took the long way, tags and all', async () => {
    const { stdout } = await runProgram('curl', [
      '-sS',
      '-x',
      proxyWith('project=long'),
      '-H',
      'content-type: application/json',
      '-H',
      'authorization: Bearer k',
      '-d',
      chat,
      `${gateway.url}/openai/v1/chat/completions`,
    ])
    expect(JSON.parse(stdout)).toHaveProperty('choices')
    expect(await gateway.waitFor((one) => one.state === 'settled')).toMatchObject({ attribution: { project: 'long' } })
  })

  it('says what cannot be reached', async () => {
    const { server, url } = await foreign()
    server.close()
    const { stdout } = await runProgram('curl', ['-sSi', '-x', gateway.url, `${url}/`])
    expect(stdout).toMatch(/502[\s\S]*Allowance: cannot reach 127\.0\.0\.1/)
  })
})
