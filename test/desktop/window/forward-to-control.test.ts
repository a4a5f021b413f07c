import { once } from 'node:events'
import { type IncomingMessage, type RequestListener, type Server, createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterEach, describe, expect, it } from 'vitest'
import { forwardToControl } from '../../../main/desktop/window/forward-to-control.ts'

const servers: Server[] = []
afterEach(() => {
  for (const server of servers.splice(0)) server.close().closeAllConnections()
})

async function gatewayOf(listener: RequestListener) {
  const server = createServer(listener).listen(0, '127.0.0.1')
  servers.push(server)
  await once(server, 'listening')
  const control = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  return { proxy: '', control, token: 'secret', pid: 1 }
}

const pageRequest = (pathname: string, init?: RequestInit) => new Request(`http://allowance${pathname}`, init)

describe("the window's requests", () => {
  it('reach the control API with the token, and without what a page says about itself', async () => {
    const seen: IncomingMessage[] = []
    const gateway = await gatewayOf((request, response) => {
      seen.push(request)
      response.setHeader('content-type', 'application/json').end('{"ok":true}')
    })
    const headers = { authorization: 'Bearer none', origin: 'app://allowance', 'last-event-id': '41', cookie: 'a=b' }
    const answer = await forwardToControl(gateway, pageRequest('/trpc/status?input=%7B%7D', { headers }))
    expect(await answer.json()).toEqual({ ok: true })
    expect(seen[0]?.url).toBe('/trpc/status?input=%7B%7D')
    expect(seen[0]?.headers).toMatchObject({ authorization: 'Bearer secret', 'last-event-id': '41' })
    expect(seen[0]?.headers).not.toHaveProperty('origin')
    expect(seen[0]?.headers).not.toHaveProperty('cookie')
  })

  it('carry their body', async () => {
    const gateway = await gatewayOf((request, response) => request.pipe(response))
    const answer = await forwardToControl(gateway, pageRequest('/trpc/raise', { method: 'POST', body: '{"a":1}' }))
    expect(await answer.text()).toBe('{"a":1}')
  })

  it('get a feed piece by piece, and end it at the gateway when they leave', async () => {
    let leave: () => void = () => {}
    const isLeft = new Promise<void>((resolve) => (leave = resolve))
    const gateway = await gatewayOf((_request, response) => {
      response.setHeader('content-type', 'text/event-stream').write('data: 1\n\n')
      response.on('close', leave)
    })
    const answer = await forwardToControl(gateway, pageRequest('/trpc/feed'))
    expect(answer.headers.get('content-type')).toBe('text/event-stream')
    const reader = (answer.body as ReadableStream<Uint8Array>).getReader()
    expect(Buffer.from((await reader.read()).value as Uint8Array).toString()).toBe('data: 1\n\n')
    await reader.cancel()
    await isLeft
  })

  it('hear a refusal as it is', async () => {
    const gateway = await gatewayOf((_request, response) => response.writeHead(401).end('no'))
    const answer = await forwardToControl(gateway, pageRequest('/trpc/status'))
    expect([answer.status, await answer.text()]).toEqual([401, 'no'])
  })

  it('fail when nobody answers', async () => {
    const gateway = await gatewayOf(() => {})
    servers.pop()?.close()
    await expect(forwardToControl(gateway, pageRequest('/trpc/status'))).rejects.toThrow('ECONNREFUSED')
  })

  it('are not taken at any size', async () => {
    const gateway = await gatewayOf((request, response) => request.pipe(response))
    const body = 'x'.repeat(64 * 1024 + 1)
    expect((await forwardToControl(gateway, pageRequest('/trpc/raise', { method: 'POST', body }))).status).toBe(413)
  })
})
