import https from 'node:https'
import { once } from 'node:events'
import { connect as connectHttp2 } from 'node:http2'
import net from 'node:net'
import { connect as connectTls } from 'node:tls'
import { describe, expect, it } from 'vitest'
import { createIssuer, issueLeaf } from '../../../../main/proxy/intercept/authority/x509.ts'
import { upstreamTag } from '../../../../main/proxy/intercept/upstream/launch-upstreams.ts'
import { openTunnel, runProgram } from '../proxy-harness.ts'
import { tunnelBed } from './tunnel-bed.ts'

const bed = tunnelBed()

describe('a tunnel to a model host', () => {
  it('curl: decrypted, tagged, kept alive over several requests', async () => {
    const url = 'https://api.openai.com/v1/models'
    const { stdout, stderr } = await runProgram('curl', [
      '-sSv',
      '-x',
      `http://project=we%2Fb,session=s1:x@127.0.0.1:${bed.proxy.port}`,
      '--cacert',
      bed.proxy.authority.bundlePath,
      url,
      url,
    ])
    expect(stdout).toContain('"origin":"https://api.openai.com"')
    expect(bed.proxy.seen.map((one) => [one.ingress.mode, one.url, one.ingress.tags])).toEqual(
      Array(2).fill(['connect', '/v1/models', { project: 'we/b', session: 's1' }]),
    )
    expect(stderr).toMatch(/Re-using existing connection/i)
  })

  it('curl: a large upload waits for 100 Continue and arrives whole', async () => {
    const body = 'x'.repeat(3_000_000)
    const child = runProgram('bash', [
      '-c',
      `head -c ${body.length} /dev/zero | tr '\\0' x | curl -sS -v -x ${bed.proxy.url} --cacert ${bed.proxy.authority.bundlePath} -H 'Expect: 100-continue' --data-binary @- https://api.anthropic.com/v1/messages`,
    ])
    const { stdout, stderr } = await child
    expect(stderr).toContain('100 Continue')
    expect(JSON.parse(stdout)).toMatchObject({ length: body.length })
  })

  it('Python urllib', async () => {
    const script = "import urllib.request as u; print(u.urlopen('https://api.openai.com/v1/x').read().decode())"
    const { stdout, stderr } = await runProgram('python3', ['-c', script], {
      HTTPS_PROXY: bed.proxy.url,
      SSL_CERT_FILE: bed.proxy.authority.bundlePath,
    })
    expect(stdout, stderr).toContain('"url":"/v1/x"')
  })

  it('Node https over a tunnel of its own', async () => {
    const { socket } = await openTunnel(bed.proxy.port, 'api.openai.com:443')
    const request = https.get({
      host: 'api.openai.com',
      path: '/v1/y',
      createConnection: () => bed.secure(socket, 'api.openai.com'),
    })
    const [response] = await once(request, 'response')
    response.resume()
    expect(response.statusCode).toBe(200)
    expect(bed.proxy.seen[0]).toMatchObject({ url: '/v1/y', ingress: { origin: 'https://api.openai.com' } })
    request.destroy()
  })

  it('names the port in the origin when it is not the usual one', async () => {
    const { socket } = await openTunnel(bed.proxy.port, 'api.openai.com:8443')
    const tls = bed.secure(socket, 'api.openai.com')
    tls.write('GET / HTTP/1.1\r\nhost: api.openai.com\r\nconnection: close\r\n\r\n')
    await once(tls, 'data')
    expect(bed.proxy.seen[0]?.ingress.origin).toBe('https://api.openai.com:8443')
    tls.destroy()
  })

  it('speaks HTTP/1.1 with who offers both, HTTP/2 with who offers nothing else', async () => {
    const both = bed.secure((await openTunnel(bed.proxy.port, 'api.openai.com:443')).socket, 'api.openai.com', {
      ALPNProtocols: ['h2', 'http/1.1'],
    })
    await once(both, 'secureConnect')
    expect(both.alpnProtocol).toBe('http/1.1')
    both.destroy()

    const tls = bed.secure((await openTunnel(bed.proxy.port, 'api.openai.com:443')).socket, 'api.openai.com', {
      ALPNProtocols: ['h2'],
    })
    await once(tls, 'secureConnect')
    const session = connectHttp2('https://api.openai.com', { createConnection: () => tls })
    const stream = session.request({ ':path': '/v1/chat', ':method': 'POST' })
    stream.end('hello')
    const [headers] = await once(stream, 'response')
    expect(headers).toMatchObject({ ':status': 200, 'content-type': 'application/json' })
    expect(headers['connection']).toBeUndefined()
    expect(bed.proxy.seen[0]).toMatchObject({
      httpVersion: '2.0',
      body: 'hello',
      headers: { host: 'api.openai.com:443' },
    })
    expect(Object.keys(bed.proxy.seen[0]?.headers ?? {}).some((name) => name.startsWith(':'))).toBe(false)
    session.destroy()
  })

  it('serves a tunnel that carries plain HTTP, also when its first bytes came with the CONNECT', async () => {
    const socket = net.connect(bed.proxy.port, '127.0.0.1')
    bed.afterwards(() => socket.destroy())
    socket.write(
      'CONNECT api.openai.com:80 HTTP/1.1\r\nhost: api.openai.com:80\r\n\r\nGET /plain HTTP/1.1\r\nhost: api.openai.com\r\nconnection: close\r\n\r\n',
    )
    let text = ''
    for await (const chunk of socket) if ((text += String(chunk)).includes('/plain')) break
    expect(text).toContain('"origin":"http://api.openai.com"')
    expect(bed.proxy.seen[0]?.url).toBe('/plain')
  })

  it('first bytes that dribble in one by one are waited for', async () => {
    const { socket } = await openTunnel(bed.proxy.port, 'api.openai.com:80')
    socket.setNoDelay(true)
    for (const letter of 'GET /slow HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n')
      await new Promise<void>((resolve) => socket.write(letter, () => setImmediate(resolve)))
    await once(socket, 'data')
    expect(bed.proxy.seen[0]?.url).toBe('/slow')
    socket.destroy()
  })

  it('hands an upgrade on', async () => {
    const { socket } = await openTunnel(bed.proxy.port, 'api.openai.com:443')
    const tls = bed.secure(socket, 'api.openai.com')
    tls.write('GET /v1/responses HTTP/1.1\r\nhost: api.openai.com\r\nconnection: Upgrade\r\nupgrade: websocket\r\n\r\n')
    const [data] = await once(tls, 'data')
    expect(String(data)).toContain('426')
    expect(bed.proxy.upgrades).toMatchObject([
      { url: '/v1/responses', ingress: { mode: 'connect', origin: 'https://api.openai.com' } },
    ])
    tls.destroy()
  })

  it('a tunnel to our own port is served as a base URL, and nothing is dialled', async () => {
    const { socket } = await openTunnel(bed.proxy.port, `127.0.0.1:${bed.proxy.port}`)
    socket.write('GET /openai/v1/models HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n')
    await once(socket, 'data')
    expect(bed.proxy.seen[0]).toMatchObject({ url: '/openai/v1/models', ingress: { mode: 'base-url', origin: null } })
    expect(bed.proxy.tunnels).toHaveLength(0)
    socket.destroy()
  })

  it('keeps where a launch went before apart from its tags', async () => {
    const userName = `project=web,upstream-openai=${upstreamTag('openai', 'http://litellm.local:4000/v1/')['upstream-openai']}`
    const { socket } = await openTunnel(bed.proxy.port, 'api.openai.com:80', {
      'proxy-authorization': `Basic ${Buffer.from(`${userName}:x`).toString('base64')}`,
    })
    socket.write('GET / HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n')
    await once(socket, 'data')
    expect(bed.proxy.seen[0]?.ingress).toMatchObject({
      tags: { project: 'web' },
      upstreams: { openai: 'http://litellm.local:4000/v1' },
    })
    socket.destroy()
  })
})

describe('a tunnel to any other host', () => {
  async function otherServer() {
    const issuer = await createIssuer(['localhost'], Date.now(), 86_400_000)
    const leaf = await issueLeaf(issuer, 'localhost', Date.now(), 86_400_000)
    const server = https.createServer({ key: leaf.keyPem, cert: leaf.chainPem }, (request, response) =>
      request.pipe(response),
    )
    return { port: await bed.listen(server), ca: issuer.rootPem }
  }

  it('reaches a TLS server with its own certificate, unbroken', async () => {
    const { port, ca } = await otherServer()
    const { socket, head } = await openTunnel(bed.proxy.port, `localhost:${port}`)
    expect(head).toContain('200 Connection Established')
    const body = 'payload'.repeat(300_000)
    const request = https.request({
      method: 'POST',
      host: 'localhost',
      createConnection: () => connectTls({ socket, servername: 'localhost', ca }),
    })
    request.end(body)
    const [response] = await once(request, 'response')
    const chunks: Buffer[] = []
    for await (const chunk of response) chunks.push(chunk as Buffer)
    expect(Buffer.concat(chunks).toString() === body).toBe(true)
    socket.destroy()
    expect(bed.proxy.seen).toHaveLength(0)
    expect(bed.proxy.tunnels[0]).toMatchObject({ host: 'localhost', port, reason: 'other-host' })
    const bytes = await bed.proxy.tunnels[0]?.closed
    expect(bytes?.up).toBeGreaterThan(body.length)
    expect(bytes?.down).toBeGreaterThan(body.length)
  })

  it('passes each half of the connection to its own end', async () => {
    const server = net.createServer({ allowHalfOpen: true }, (socket) => {
      const chunks: Buffer[] = []
      socket.on('data', (chunk) => chunks.push(chunk))
      socket.on('end', () => socket.end(`got ${Buffer.concat(chunks).length}`))
    })
    const { socket } = await openTunnel(bed.proxy.port, `127.0.0.1:${await bed.listen(server)}`)
    socket.end('x'.repeat(1_000_000))
    const chunks: Buffer[] = []
    socket.on('data', (chunk) => chunks.push(chunk))
    await once(socket, 'end')
    expect(Buffer.concat(chunks).toString()).toBe('got 1000000')
  })

  it('holds a fast sender back when the receiver does not read', async () => {
    let written = 0
    const server = net.createServer((socket) => {
      const chunk = Buffer.alloc(65_536)
      const pump = () => {
        while (written < 400_000_000 && socket.write(chunk)) written += chunk.length
      }
      socket.on('drain', pump)
      socket.on('error', () => {})
      pump()
      socket.once('drain', () => {})
    })
    const { socket } = await openTunnel(bed.proxy.port, `127.0.0.1:${await bed.listen(server)}`)
    // Nobody reads. What is under way fills the buffers of two sockets and stops there.
    let before = -1
    while (before !== written) {
      before = written
      for (let turn = 0; turn < 200; turn++) await new Promise((resolve) => setImmediate(resolve))
    }
    expect(written).toBeLessThan(40_000_000)
    socket.destroy()
  })

  it('a server that speaks first is heard', async () => {
    const server = net.createServer((socket) => socket.write('220 ready\r\n'))
    const { socket, head } = await openTunnel(bed.proxy.port, `127.0.0.1:${await bed.listen(server)}`)
    const greeting = head.includes('220 ready') ? head : String((await once(socket, 'data'))[0])
    expect(greeting).toContain('220 ready')
    socket.destroy()
  })

  it('a reset by the server is a reset for the client, not an end', async () => {
    const server = net.createServer((socket) => socket.once('data', () => socket.resetAndDestroy()))
    const { socket } = await openTunnel(bed.proxy.port, `127.0.0.1:${await bed.listen(server)}`)
    socket.resume()
    socket.write('x')
    const [error] = await once(socket, 'error')
    expect(error.code).toBe('ECONNRESET')
  })

  it('says what is wrong when the host cannot be reached', async () => {
    const server = net.createServer()
    const port = await bed.listen(server)
    server.close()
    const { head } = await openTunnel(bed.proxy.port, `127.0.0.1:${port}`)
    expect(head).toContain('502 Bad Gateway')
    expect(head).toContain(`cannot reach 127.0.0.1:${port}`)
  })

  it.each(['nonsense', 'host:0', 'host:99999', 'http://a:1'])('CONNECT %s is a bad request', async (target) => {
    const { head } = await openTunnel(bed.proxy.port, target)
    expect(head).toContain('400')
  })
})
