import { connect, type Socket } from 'node:net'
import { connect as connectTls } from 'node:tls'
import { AllowanceError, messageOf } from '../../../../shared/contract/errors.ts'
import { parseUrl } from '../../../../shared/values/parse-url.ts'
import type { ForbiddenPeers } from './forbidden-peers.ts'
import type { TunnelTarget } from '../tunnel/tunnel-target.ts'

/** Longer than any resolver's own patience, shorter than that of a client. */
const DIAL_TIMEOUT_MS = 30_000
const MAX_ANSWER_BYTES = 16_384
/** Sent with every CONNECT to a proxy above us: if it comes back to us, the road is a circle. */
export const HOP_HEADER = 'x-allowance-hop'

export interface DialOptions {
  /** `http://…` or `https://…`, with credentials where it wants some; null is the direct way. */
  proxyUrl: string | null
  /** Who we are on the way, so that a circle is noticed. */
  hop?: string
  peers: ForbiddenPeers
}

/**
 * Opens a raw connection to a host, through a proxy where one stands in between. Half-closing works both ways.
 *
 * @throws AllowanceError `not-found` with what failed and where, after at most 30 s
 */
export async function dial(target: TunnelTarget, options: DialOptions): Promise<Socket> {
  if (options.proxyUrl === null) return open(target, null, `${target.host}:${target.port}`, options.peers)
  const proxy = proxyOf(options.proxyUrl)
  const socket = await open(
    { host: bareHost(proxy), port: portOf(proxy) },
    proxy,
    `the proxy ${proxy.host}`,
    options.peers,
  )
  try {
    await askForTunnel(socket, target, proxy, options.hop)
    return socket
  } catch (error) {
    socket.destroy()
    throw error
  }
}

function proxyOf(proxyUrl: string): URL {
  const proxy = parseUrl(proxyUrl)
  if (proxy?.protocol === 'http:' || proxy?.protocol === 'https:') return proxy
  throw new AllowanceError(
    'settings-invalid',
    `an upstream proxy has to be http:// or https://, not ${proxy?.protocol ?? 'that'}`,
    'set HTTPS_PROXY to an HTTP proxy before starting',
  )
}

function open(target: TunnelTarget, proxy: URL | null, name: string, peers: ForbiddenPeers): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket: Socket =
      proxy?.protocol === 'https:'
        ? connectTls({ host: target.host, port: target.port, servername: proxy.hostname, ALPNProtocols: ['http/1.1'] })
        : connect({ host: target.host, port: target.port, allowHalfOpen: true, noDelay: true })
    peers.guard(socket)
    const fail = (error: Error) => {
      socket.destroy()
      reject(unreachable(name, error))
    }
    socket.setTimeout(DIAL_TIMEOUT_MS, () => fail(new Error('no answer in 30 s')))
    socket.once('error', fail)
    socket.once(proxy?.protocol === 'https:' ? 'secureConnect' : 'connect', () => {
      // Where it arrived is forbidden: its error says so.
      if (socket.destroyed) return
      socket.setTimeout(0)
      socket.off('error', fail)
      resolve(socket)
    })
  })
}

function askForTunnel(socket: Socket, target: TunnelTarget, proxy: URL, hop: string | undefined): Promise<void> {
  const authority = `${target.host.includes(':') ? `[${target.host}]` : target.host}:${target.port}`
  const user = decodeURIComponent(proxy.username)
  const credentials = Buffer.from(`${user}:${decodeURIComponent(proxy.password)}`).toString('base64')
  const lines = [`CONNECT ${authority} HTTP/1.1`, `Host: ${authority}`]
  if (user !== '') lines.push(`Proxy-Authorization: Basic ${credentials}`)
  if (hop !== undefined) lines.push(`${HOP_HEADER}: ${hop}`)
  return new Promise((resolve, reject) => {
    let answer = Buffer.alloc(0)
    const settle = (error: Error | null) => {
      socket.setTimeout(0)
      socket.off('readable', read)
      socket.off('error', settle)
      socket.off('end', leave)
      if (error) reject(unreachable(`${authority} through the proxy ${proxy.host}`, error))
      else resolve()
    }
    const leave = () => settle(new Error('the proxy closed the connection'))
    const read = () => {
      for (let chunk = socket.read() as Buffer | null; chunk !== null; chunk = socket.read() as Buffer | null)
        answer = Buffer.concat([answer, chunk])
      const end = answer.indexOf('\r\n\r\n')
      if (end < 0) {
        if (answer.length > MAX_ANSWER_BYTES) settle(new Error('the proxy did not answer as a proxy does'))
        return
      }
      const status = /^HTTP\/1\.[01] (\d{3})[^\r]*/.exec(answer.toString('latin1', 0, end))
      // What came with the answer belongs to the tunnel: a server may speak first.
      if (answer.length > end + 4) socket.unshift(answer.subarray(end + 4))
      settle(status?.[1]?.startsWith('2') ? null : new Error(`it answered ${status?.[0] ?? 'nonsense'}`))
    }
    socket.setTimeout(DIAL_TIMEOUT_MS, () => settle(new Error('no answer in 30 s')))
    socket.on('readable', read)
    socket.once('error', settle)
    socket.once('end', leave)
    socket.write(`${lines.join('\r\n')}\r\n\r\n`)
  })
}

function unreachable(name: string, cause: Error): AllowanceError {
  if (cause instanceof AllowanceError && cause.code !== 'not-found')
    return new AllowanceError(cause.code, `${name} cannot be used: ${cause.message}`, cause.fix, { cause })
  return new AllowanceError('not-found', `cannot reach ${name}: ${messageOf(cause)}`, null, { cause })
}

function bareHost(proxy: URL): string {
  return proxy.hostname.replace(/^\[(.*)\]$/, '$1')
}

function portOf(proxy: URL): number {
  return Number(proxy.port) || (proxy.protocol === 'https:' ? 443 : 80)
}
