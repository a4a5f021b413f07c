import { commandLine } from '../../../../shared/values/command-line.ts'
import { randomUUID } from 'node:crypto'
import type { IncomingMessage } from 'node:http'
import type { Socket } from 'node:net'
import type { Duplex } from 'node:stream'
import { messageOf } from '../../../../shared/contract/errors.ts'
import type { Clock } from '../../../platform/system/clock.ts'
import type { Caller, Ingress } from '../../arrival/ingress.ts'
import { otherUser } from '../../arrival/other-user.ts'
import { tokenAsPassword } from '../../arrival/proxy-token.ts'
import { joinSockets, type TunnelBytes } from './blind-tunnel.ts'
import type { CertificateAuthority } from '../authority/certificate-authority.ts'
import { readClientHello } from './client-hello.ts'
import { acceptTls } from './decrypt.ts'
import { type DialOptions, HOP_HEADER } from '../upstream/dial.ts'
import { sniff } from './first-bytes.ts'
import { splitLaunchTags } from '../upstream/launch-upstreams.ts'
import { readProxyCredentials } from '../../arrival/proxy-credentials.ts'
import { createRefusedLeaves } from '../authority/refused-leaves.ts'
import { originOf, parseTunnelTarget, type TunnelTarget } from './tunnel-target.ts'

/** Why a tunnel was not looked into. */
export type BlindReason = 'other-host' | 'leaf-refused' | 'not-covered' | 'not-http'

/** A tunnel that passes us unseen; `closed` resolves when both sides are gone. */
export interface BlindTunnel extends TunnelTarget {
  reason: BlindReason
  tags: Readonly<Record<string, string>>
  caller: Promise<Caller>
  closed: Promise<TunnelBytes>
}

/** A client that does not trust our certificates. */
export interface LeafRefusal extends TunnelTarget {
  tags: Readonly<Record<string, string>>
  caller: Promise<Caller>
  /** Until when its traffic passes unseen; null where the policy fails closed and it does not pass at all. */
  untilMs: number | null
}

export interface ConnectOptions {
  authority: Pick<CertificateAuthority, 'covers' | 'secureContextFor'>
  /** `decrypt` for the hosts of model providers; everything else is a blind tunnel that nobody looks into. */
  classify(host: string, port: number): 'decrypt' | 'blind'
  /** Speaks HTTP on a socket (`createInnerServer`). */
  serve(socket: Socket, ingress: Ingress, protocol: 'http/1.1' | 'h2'): void
  /** Tags of a proxy user name, percent-decoded: `project=web,session=s1`. */
  parseTags(userName: string): Record<string, string>
  /** The process at the other end, asked for when the connection was accepted. */
  callerOf(socket: Socket): Promise<Caller>
  /** Whether who connects may use the proxy at all; where we listen on loopback alone: always. */
  authorize(password: string | null, socket: Socket): boolean
  /** Whether who connects is another user, for whom no tunnel is opened: not even one that nobody would look into. */
  isStranger(caller: Caller): boolean
  /** The proxy to reach a target through, when the launch named none; null is the direct way. */
  upstreamProxy(target: TunnelTarget): string | null
  /** Whether that would be our own proxy port. */
  isSelf(target: TunnelTarget): boolean
  /** `open`: a client that does not take our leaf is let through unseen. `closed`: it is not. */
  failureMode(): 'open' | 'closed'
  dial(target: TunnelTarget, options: Omit<DialOptions, 'peers'>): Promise<Socket>
  clock: Clock
  onBlindTunnel(tunnel: BlindTunnel): void
  onLeafRefused(refusal: LeafRefusal): void
}

/**
 * Answers CONNECT on the proxy port. A model host's tunnel is accepted at once and answered from inside, because no
 * client shows what a refused CONNECT says; any other tunnel is opened first, so that a host that cannot be reached
 * is told as every proxy tells it.
 */
export function createConnectHandler(
  options: ConnectOptions,
): (request: IncomingMessage, socket: Duplex, head: Buffer) => void {
  const refusedLeaves = createRefusedLeaves(options.clock)
  const hop = randomUUID()

  return (request, duplex, head) => {
    const socket = duplex as Socket
    // Whatever goes wrong with a client's socket is the end of its tunnel and of nothing else.
    socket.on('error', () => socket.destroy())
    if (head.length > 0) socket.unshift(head)
    handle(request, socket).catch((error: unknown) => answer(socket, 502, messageOf(error)))
  }

  async function handle(request: IncomingMessage, socket: Socket): Promise<void> {
    const target = parseTunnelTarget(request.url ?? '')
    if (target === null) return answer(socket, 400, `CONNECT needs host:port, not "${request.url}"`)
    if (request.headers[HOP_HEADER] === hop)
      return answer(
        socket,
        508,
        `the proxy above Allowance leads back to it: take Allowance out of its chain, or unset HTTPS_PROXY where \`${commandLine()} serve\` starts`,
      )
    const { userName, password } = readProxyCredentials(request.headers['proxy-authorization'])
    if (!options.authorize(password, socket)) return answer(socket, 407, tokenAsPassword())
    const caller = options.callerOf(socket)
    if (options.isStranger(await caller)) return answer(socket, 403, otherUser().message)
    const { tags, upstreams } = splitLaunchTags(options.parseTags(userName))
    const tunnel = { ...target, tags, upstreams, caller, socket }

    if (!options.isSelf(target) && options.classify(target.host, target.port) === 'blind')
      return passBlindly(tunnel, 'other-host')
    establish(socket)
    return answerInside(tunnel)
  }

  interface Tunnel extends TunnelTarget {
    tags: Record<string, string>
    upstreams: Record<string, string>
    caller: Promise<Caller>
    socket: Socket
  }

  async function answerInside(tunnel: Tunnel): Promise<void> {
    const { socket } = tunnel
    const first = await sniff(socket)
    if (first === null) return void socket.destroy()
    switch (first.spoken) {
      case 'http':
      case 'http2':
        return options.serve(socket, ingressOf(tunnel, 'http'), first.spoken === 'http2' ? 'h2' : 'http/1.1')
      case 'tls':
        return options.isSelf(tunnel) ? void socket.destroy() : decrypt(tunnel, first.bytes)
      case 'relayed':
      case 'other':
        return options.isSelf(tunnel) ? void socket.destroy() : passBlindly(tunnel, 'not-http')
    }
  }

  async function decrypt(tunnel: Tunnel, firstBytes: Buffer): Promise<void> {
    const hello = readClientHello(firstBytes)
    const asked = hello?.serverName ?? null
    const host = asked !== null && options.classify(asked, tunnel.port) === 'decrypt' ? asked : tunnel.host
    const client = await clientOf(tunnel, hello?.fingerprint ?? 'unknown')
    const open = options.failureMode() === 'open'
    if (!options.authority.covers(host)) return open ? passBlindly(tunnel, 'not-covered') : void tunnel.socket.destroy()
    if (open && refusedLeaves.isRefused(host, client)) return passBlindly(tunnel, 'leaf-refused')

    const secureContext = await options.authority.secureContextFor(host)
    const accepted = await acceptTls(tunnel.socket, secureContext, hello?.protocols ?? [])
    const refused = (how: 'alert' | 'silent-close') => {
      const { port, tags, caller } = tunnel
      const untilMs = refusedLeaves.refused(host, client, how)
      if (untilMs !== null) options.onLeafRefused({ host, port, tags, caller, untilMs: open ? untilMs : null })
    }
    switch (accepted.outcome) {
      case 'refused':
        return refused('alert')
      case 'left':
        return refused('silent-close')
      case 'failed':
        return
      case 'secure': {
        const { tls, protocol } = accepted
        // Some clients check the certificate only after the handshake, and then leave without a word.
        tls.once('close', () => (tls.bytesRead > 0 ? refusedLeaves.accepted(host, client) : refused('silent-close')))
        return options.serve(tls, ingressOf({ ...tunnel, host }, 'https'), protocol)
      }
    }
  }

  /** What a client is distinguished by: its program where we know it, else its TLS library. */
  async function clientOf(tunnel: Tunnel, fingerprint: string): Promise<string> {
    const caller = await tunnel.caller.catch(() => null)
    return caller?.process ? `${caller.process.command} ${fingerprint}` : fingerprint
  }

  function ingressOf(tunnel: Tunnel, scheme: 'http' | 'https'): Ingress {
    const { tags, upstreams, caller } = tunnel
    if (options.isSelf(tunnel)) return { mode: 'base-url', origin: null, tags, upstreams, caller, authorized: true }
    return { mode: 'connect', origin: originOf(scheme, tunnel), tags, upstreams, caller, authorized: true }
  }

  async function passBlindly(tunnel: Tunnel, reason: BlindReason): Promise<void> {
    const { host, port, tags, caller, socket, upstreams } = tunnel
    const proxyUrl = upstreams['proxy'] ?? options.upstreamProxy({ host, port })
    const upstream = await options.dial({ host, port }, { proxyUrl, hop })
    if (socket.destroyed) return void upstream.destroy()
    if (reason === 'other-host') establish(socket)
    options.onBlindTunnel({ host, port, reason, tags, caller, closed: joinSockets(socket, upstream) })
  }
}

function establish(socket: Socket): void {
  socket.write('HTTP/1.1 200 Connection Established\r\n\r\n')
}

/** An answer instead of a tunnel; where the tunnel already stands nothing can be said any more, and it is closed. */
function answer(socket: Socket, status: 400 | 403 | 407 | 502 | 508, message: string): void {
  if (socket.destroyed) return
  if (socket.bytesWritten > 0) return void socket.destroy()
  const reasons = {
    400: 'Bad Request',
    403: 'Forbidden',
    407: 'Proxy Authentication Required',
    502: 'Bad Gateway',
    508: 'Loop Detected',
  }
  const body = `Allowance: ${message}\n`
  const headers = [
    `HTTP/1.1 ${status} ${reasons[status]}`,
    'content-type: text/plain; charset=utf-8',
    `content-length: ${Buffer.byteLength(body)}`,
    'connection: close',
    ...(status === 407 ? ['proxy-authenticate: Basic realm="Allowance"'] : []),
  ]
  socket.end(`${headers.join('\r\n')}\r\n\r\n${body}`)
}
