import type { IncomingMessage, ServerResponse } from 'node:http'
import { createServer, type Http2Server, type Http2ServerRequest, type Http2ServerResponse } from 'node:http2'

/** Headers that speak of a connection, which HTTP/2 has none of (RFC 9113 8.2.2): setting one throws there. */
const CONNECTION_HEADERS = new Set([
  'connection',
  'keep-alive',
  'proxy-connection',
  'transfer-encoding',
  'upgrade',
  'http2-settings',
])

/**
 * An HTTP/2 server that hands its requests to a listener written for HTTP/1.1: no pseudo headers, a `host` header,
 * and answers whose connection headers are left out. It takes sockets by `emit('connection', socket)`.
 */
export function createHttp2Server(listener: (request: IncomingMessage, response: ServerResponse) => void): Http2Server {
  return createServer((request, response) => {
    asHttp1Request(request)
    asHttp1Response(response)
    listener(request as unknown as IncomingMessage, response as unknown as ServerResponse)
  })
}

function asHttp1Request(request: Http2ServerRequest): void {
  const { headers, rawHeaders } = request
  const authority = headers[':authority']
  const { method, url } = request
  // Getters there, properties in HTTP/1.1, where they may be replaced; two of them read the headers taken out below.
  for (const [name, value] of Object.entries({ method, url, headers, rawHeaders }))
    Object.defineProperty(request, name, { value, writable: true, enumerable: true, configurable: true })
  const hasHost = headers.host !== undefined
  for (const name of Object.keys(headers)) if (name.startsWith(':')) delete headers[name]
  for (let index = rawHeaders.length - 2; index >= 0; index -= 2)
    if (rawHeaders[index]?.startsWith(':')) rawHeaders.splice(index, 2)
  if (hasHost || authority === undefined) return
  headers.host = authority
  rawHeaders.unshift('host', authority)
}

function asHttp1Response(response: Http2ServerResponse): void {
  const setHeader = response.setHeader.bind(response)
  const writeHead = response.writeHead.bind(response) as (...values: unknown[]) => Http2ServerResponse
  response.setHeader = (name, value) => {
    if (!CONNECTION_HEADERS.has(name.toLowerCase())) setHeader(name, value)
  }
  // HTTP/2 has no reason phrase either; Node warns about one.
  response.writeHead = ((status: number, ...rest: unknown[]) => {
    const headers = rest.find((value) => typeof value === 'object' && value !== null)
    return headers === undefined ? writeHead(status) : writeHead(status, withoutConnectionHeaders(headers))
  }) as typeof response.writeHead
}

/** Takes both forms that HTTP/1.1 does: an object, or a flat list of names and values. */
function withoutConnectionHeaders(headers: object): Record<string, unknown> {
  const pairs: [string, unknown][] = Array.isArray(headers)
    ? headers.flatMap((value, index) =>
        index % 2 === 0 ? [[String(value), headers[index + 1]] as [string, unknown]] : [],
      )
    : Object.entries(headers)
  const kept: Record<string, unknown> = {}
  for (const [rawName, value] of pairs) {
    const name = rawName.toLowerCase()
    if (CONNECTION_HEADERS.has(name)) continue
    kept[name] = name in kept ? [kept[name], value].flat() : value
  }
  return kept
}
