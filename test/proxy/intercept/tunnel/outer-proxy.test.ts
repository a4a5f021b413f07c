import { once } from 'node:events'
import { createServer as createHttpServer } from 'node:http'
import net from 'node:net'
import { describe, expect, it } from 'vitest'
import { upstreamTag } from '../../../../main/proxy/intercept/upstream/launch-upstreams.ts'
import { openTunnel } from '../proxy-harness.ts'
import { tunnelBed } from './tunnel-bed.ts'

const bed = tunnelBed()

describe('a proxy above us', () => {
  async function upperProxy(answer = (_target: string, _headers: object) => true) {
    const asked: { target: string; headers: Record<string, unknown> }[] = []
    const upper = createHttpServer()
    upper.on('connect', (request, client, head) => {
      asked.push({ target: request.url ?? '', headers: request.headers })
      if (!answer(request.url ?? '', request.headers)) return void client.end('HTTP/1.1 403 Not today\r\n\r\n')
      const [host = '', port = ''] = (request.url ?? '').split(':')
      const server = net.connect(Number(port), host, () => {
        client.write('HTTP/1.1 200 OK\r\n\r\n')
        server.write(head)
        client.pipe(server).pipe(client)
      })
      for (const socket of [client, server]) socket.on('error', () => client.destroy())
    })
    return { asked, port: await bed.listen(upper) }
  }
  const echo = () => net.createServer((socket) => socket.pipe(socket))

  it('is asked for the tunnel, with its credentials', async () => {
    const upper = await upperProxy()
    await bed.restart({ upstreamProxy: () => `http://ada:p%40ss@127.0.0.1:${upper.port}` })
    const port = await bed.listen(echo())
    const { socket } = await openTunnel(bed.proxy.port, `127.0.0.1:${port}`)
    socket.write('ping')
    expect(String((await once(socket, 'data'))[0])).toBe('ping')
    expect(upper.asked[0]).toMatchObject({
      target: `127.0.0.1:${port}`,
      headers: { 'proxy-authorization': `Basic ${Buffer.from('ada:p@ss').toString('base64')}` },
    })
    socket.destroy()
  })

  it('of a launch goes before our own', async () => {
    const upper = await upperProxy()
    const tag = upstreamTag('proxy', `http://127.0.0.1:${upper.port}`)['upstream-proxy']
    const { socket, head } = await openTunnel(bed.proxy.port, `127.0.0.1:${await bed.listen(echo())}`, {
      'proxy-authorization': `Basic ${Buffer.from(`upstream-proxy=${tag}:x`).toString('base64')}`,
    })
    expect(head).toContain('200')
    expect(upper.asked).toHaveLength(1)
    socket.destroy()
  })

  it('that refuses is named', async () => {
    const upper = await upperProxy(() => false)
    await bed.restart({ upstreamProxy: () => `http://127.0.0.1:${upper.port}` })
    const { head } = await openTunnel(bed.proxy.port, 'example.test:443')
    expect(head).toContain(
      `cannot reach example.test:443 through the proxy 127.0.0.1:${upper.port}: it answered HTTP/1.1 403 Not today`,
    )
  })

  it('that is ourselves is noticed, and not dialled for ever', async () => {
    const place = { port: 0 }
    await bed.restart({ upstreamProxy: () => `http://127.0.0.1:${place.port}` })
    place.port = bed.proxy.port
    const { head } = await openTunnel(bed.proxy.port, 'example.test:443')
    expect(head).toContain('508 Loop Detected')
  })
})
