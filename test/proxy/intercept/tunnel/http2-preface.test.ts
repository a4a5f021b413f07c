import { once } from 'node:events'
import { createServer, request as httpRequest, type IncomingMessage, type ServerResponse } from 'node:http'
import { connect as connectHttp2, type IncomingHttpHeaders } from 'node:http2'
import net, { type AddressInfo } from 'node:net'
import { afterEach, beforeEach, expect, it } from 'vitest'
import type { Ingress } from '../../../../main/proxy/arrival/ingress.ts'
import { acceptHttp2 } from '../../../../main/proxy/intercept/tunnel/http2-preface.ts'
import { createInnerServer } from '../../../../main/proxy/intercept/tunnel/inner-server.ts'

const BASE_URL: Ingress = {
  mode: 'base-url',
  origin: null,
  tags: {},
  caller: Promise.resolve({ process: null, repository: null }),
}
const answer = (request: IncomingMessage, response: ServerResponse) => {
  response.writeHead(200, [
    'content-type',
    'text/plain',
    'transfer-encoding',
    'chunked',
    'set-cookie',
    'a=1',
    'set-cookie',
    'b=2',
  ])
  request.pipe(response)
}
const inner = createInnerServer({ onRequest: answer, onUpgrade: () => {} })
const server = createServer(answer)
acceptHttp2(server, (socket) => inner.serve(socket, BASE_URL, 'h2'))
let port: number

beforeEach(async () => {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  port = (server.address() as AddressInfo).port
})
afterEach(() => {
  inner.destroyAll()
  server.closeAllConnections()
  server.close()
})

it('HTTP/2 with prior knowledge is spoken on the same port', async () => {
  const session = connectHttp2(`http://127.0.0.1:${port}`)
  for (const body of ['one', 'two'.repeat(100_000)]) {
    const stream = session.request({ ':method': 'POST', ':path': '/bedrock/model/x/converse' })
    stream.end(body)
    const [headers] = (await once(stream, 'response')) as [IncomingHttpHeaders]
    let text = ''
    for await (const chunk of stream) text += String(chunk)
    expect([headers[':status' as 'status'], headers['content-type'], headers['transfer-encoding']]).toEqual([
      200,
      'text/plain',
      undefined,
    ])
    expect(headers['set-cookie']).toEqual(['a=1', 'b=2'])
    expect(text === body).toBe(true)
  }
  session.destroy()
})

it('and HTTP/1.1 as before, request after request on one connection', async () => {
  const agent = new (await import('node:http')).Agent({ keepAlive: true, maxSockets: 1 })
  const ports = new Set<number | undefined>()
  for (const body of ['one', 'x'.repeat(300_000)]) {
    const request = httpRequest({ port, host: '127.0.0.1', method: 'POST', agent })
    request.end(body)
    const [response] = (await once(request, 'response')) as [IncomingMessage]
    ports.add(response.socket.localPort)
    let text = ''
    for await (const chunk of response) text += String(chunk)
    expect(text === body).toBe(true)
  }
  expect(ports.size).toBe(1)
  agent.destroy()
})

it('what is neither gets the answer of the HTTP server', async () => {
  const socket = net.connect(port, '127.0.0.1')
  socket.write('\u0001\u0002nonsense\r\n\r\n')
  const [data] = await once(socket, 'data')
  expect(String(data)).toContain('400 Bad Request')
  socket.destroy()
})

it('a connection on which nothing is said does not keep a server that stops', async () => {
  const other = createServer(answer)
  const dropSilent = acceptHttp2(other, () => {})
  await once(other.listen(0, '127.0.0.1'), 'listening')
  const socket = net.connect((other.address() as AddressInfo).port, '127.0.0.1')
  socket.on('error', () => {})
  await once(other, 'connection')
  const closed = once(other, 'close')
  other.close()
  dropSilent()
  expect(await closed).toEqual([])
})
