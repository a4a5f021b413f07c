import { request as httpRequest, type IncomingMessage, type ServerResponse } from 'node:http'
import { messageOf } from '../../../shared/contract/errors.ts'
import { parseUrl } from '../../../shared/values/parse-url.ts'
import type { Ingress } from './ingress.ts'
import { splitLaunchTags } from '../intercept/upstream/launch-upstreams.ts'
import { readProxyCredentials } from './proxy-credentials.ts'
import type { ForbiddenPeers } from '../intercept/upstream/forbidden-peers.ts'
import { targetOfUrl, type TunnelTarget } from '../intercept/tunnel/tunnel-target.ts'

/** Headers of one hop (RFC 9110 7.6.1), and those that a client says to a proxy. */
const HOP_HEADERS = [
  'connection',
  'proxy-connection',
  'keep-alive',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
  'proxy-authorization',
]

/**
 * The ingress of a request whose line names a whole URL (`GET http://host/path`), as proxies are asked for plain HTTP.
 * One that names ourselves is a base-URL request that took the long way.
 *
 * @returns null for any other request
 */
export function absoluteIngress(
  request: IncomingMessage,
  caller: Ingress['caller'],
  parseTags: (text: string) => Record<string, string>,
  isSelf: (target: TunnelTarget) => boolean,
): Ingress | null {
  const url = /^https?:\/\//i.test(request.url ?? '') ? parseUrl(request.url ?? '') : null
  if (url === null) return null
  const { userName } = readProxyCredentials(request.headers['proxy-authorization'])
  const launch = { ...splitLaunchTags(parseTags(userName)), caller }
  if (!isSelf(targetOfUrl(url))) return { mode: 'absolute', origin: url.origin, ...launch }
  request.url = `${url.pathname}${url.search}`
  return { mode: 'base-url', origin: null, ...launch }
}

/**
 * Passes a plain HTTP request of somebody else's host on, unread and unmetered, through the proxy above us where there
 * is one. `HTTP_PROXY` leads every program's plain HTTP here, package managers and health checks included.
 */
export function passForeignHttp(
  request: IncomingMessage,
  response: ServerResponse,
  proxyUrl: string | null,
  peers: ForbiddenPeers,
): void {
  const url = new URL(request.url ?? '')
  const proxy = proxyUrl === null ? null : parseUrl(proxyUrl)
  const hop = targetOfUrl(proxy ?? url)
  const headers = [...withoutOwn(endToEndHeaders(request)), ...proxyAuthorization(proxy)]
  const upstream = httpRequest({
    host: hop.host,
    port: hop.port,
    method: request.method,
    path: proxy ? url.href : `${url.pathname}${url.search}`,
    headers,
    setHost: false,
    agent: false,
  })
  upstream.once('socket', (socket) => void peers.guard(socket))
  upstream.once('response', (answer) => {
    response.writeHead(answer.statusCode ?? 502, answer.statusMessage, endToEndHeaders(answer))
    answer.pipe(response)
    // A body that breaks off must not look complete.
    answer.once('error', () => response.destroy())
    answer.once('aborted', () => response.destroy())
  })
  upstream.once('error', (error) => {
    if (response.headersSent) return void response.destroy()
    const body = `Allowance: cannot reach ${url.host}: ${messageOf(error)}\n`
    response.writeHead(502, { 'content-type': 'text/plain; charset=utf-8', 'content-length': Buffer.byteLength(body) })
    response.end(body)
  })
  response.once('close', () => upstream.destroy())
  request.pipe(upstream)
}

/** As they came, in order, repeated ones too: pairs of name and value in one flat list. */
export function endToEndHeaders({ rawHeaders, headers }: IncomingMessage): string[] {
  const dropped = new Set([
    ...HOP_HEADERS,
    ...String(headers.connection ?? '')
      .split(',')
      .map((name) => name.trim().toLowerCase()),
  ])
  const chunked = headers['transfer-encoding'] === undefined ? [] : ['transfer-encoding', 'chunked']
  return [
    ...rawHeaders.flatMap((name, index) =>
      index % 2 === 0 && !dropped.has(name.toLowerCase()) ? [name, rawHeaders[index + 1] ?? ''] : [],
    ),
    ...chunked,
  ]
}

/** Headers that speak to us alone. */
function withoutOwn(headers: readonly string[]): string[] {
  return headers.filter((_, index) => !headers[index - (index % 2)]?.toLowerCase().startsWith('x-allowance-'))
}

function proxyAuthorization(proxy: URL | null): string[] {
  if (!proxy?.username) return []
  const credentials = `${decodeURIComponent(proxy.username)}:${decodeURIComponent(proxy.password)}`
  return ['proxy-authorization', `Basic ${Buffer.from(credentials).toString('base64')}`]
}
