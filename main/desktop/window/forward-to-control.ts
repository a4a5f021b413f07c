import { request as httpRequest } from 'node:http'
import { Readable } from 'node:stream'
import type { ReadableStream } from 'node:stream/web'
import type { GatewayAddress } from '../gateway/gateway-state.ts'

/** The largest request the dashboard may send: its largest is a sentence of reason for a raise. */
const MAX_BODY_BYTES = 64 * 1024

/** What the dashboard's client needs to say; everything else a browser adds is about the page and stays here. */
const PASSED_ON = ['accept', 'content-type', 'last-event-id', 'trpc-accept']

/**
 * Sends a request of the window to the control API, with the token that the window does not have, and streams the
 * answer back. Rejects when the gateway does not answer. No time limit: a feed may be silent for hours.
 */
export async function forwardToControl(gateway: GatewayAddress, request: Request): Promise<Response> {
  const { pathname, search } = new URL(request.url)
  const body = request.method === 'GET' ? null : Buffer.from(await request.arrayBuffer())
  if (body !== null && body.byteLength > MAX_BODY_BYTES) return new Response(null, { status: 413 })
  const headers: Record<string, string> = { authorization: `Bearer ${gateway.token}` }
  for (const name of PASSED_ON) {
    const value = request.headers.get(name)
    if (value !== null) headers[name] = value
  }
  return new Promise((resolve, reject) => {
    const target = new URL(pathname + search, gateway.control)
    const outgoing = httpRequest(target, { method: request.method, headers }, (incoming) => {
      const answer = Readable.toWeb(incoming) as ReadableStream<Uint8Array>
      const contentType = incoming.headers['content-type'] ?? 'application/octet-stream'
      const status = incoming.statusCode ?? 502
      const isBodyless = status === 204 || status === 304
      resolve(
        new Response(isBodyless ? null : (answer as ReadableStream<Uint8Array>), {
          status,
          headers: { 'content-type': contentType, 'cache-control': 'no-store' },
        }),
      )
    })
    outgoing.on('error', reject)
    outgoing.end(body)
  })
}
