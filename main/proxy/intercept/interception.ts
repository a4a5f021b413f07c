import type { Server } from 'node:http'
import type { Socket } from 'node:net'
import type { FailureMode } from '../../../shared/rules/policy.ts'
import { parseTags } from '../../core/attribution/values/parse-tags.ts'
import type { Clock } from '../../platform/system/clock.ts'
import type { Callers } from '../preparation/callers.ts'
import type { ProxyServer } from '../arrival/proxy-server.ts'
import type { TokenCheck } from '../arrival/proxy-token.ts'
import { type CertificateAuthority, openAuthority } from './authority/certificate-authority.ts'
import { type BlindTunnel, type ConnectOptions, createConnectHandler } from './tunnel/connect.ts'
import { dial } from './upstream/dial.ts'
import type { ForbiddenPeers } from './upstream/forbidden-peers.ts'
import { acceptHttp2 } from './tunnel/http2-preface.ts'
import { createInnerServer, type InnerServer } from './tunnel/inner-server.ts'
import { authorityHosts } from './authority/model-hosts.ts'
import type { TunnelTarget } from './tunnel/tunnel-target.ts'

export interface InterceptionOptions {
  home: string
  /** Patterns of the hosts that may be decrypted. */
  hostPatterns: readonly string[]
  isModelHost(host: string): boolean
  callers: Callers
  /** The proxy above us for a target; null for the direct way. */
  upstreamProxy(target: TunnelTarget): string | null
  peers: ForbiddenPeers
  isSelf(target: TunnelTarget): boolean
  failureMode(): FailureMode
  /** Whether a client may open a tunnel: by the password of its proxy URL. */
  checkToken: TokenCheck
  isStranger: ConnectOptions['isStranger']
  onBlindTunnel(tunnel: BlindTunnel): void
  onLeafRefused: ConnectOptions['onLeafRefused']
  clock: Clock
}

/** CONNECT on the proxy port: model hosts decrypted, every other host passed blindly. Made once by the gateway. */
export class Interception {
  readonly authority: CertificateAuthority
  readonly #options: InterceptionOptions
  #inner: InnerServer | null = null
  #dropSilent: () => void = () => {}

  private constructor(options: InterceptionOptions, authority: CertificateAuthority) {
    this.#options = options
    this.authority = authority
  }

  static async open(options: InterceptionOptions): Promise<Interception> {
    const { hosts } = authorityHosts(options.hostPatterns)
    return new Interception(options, await openAuthority({ home: options.home, hosts, clock: options.clock }))
  }

  /** Takes the proxy port's CONNECT requests and HTTP/2 prefaces, and hands every request inside to the proxy server. */
  attach(server: Server, proxy: Pick<ProxyServer, 'handle' | 'upgrade' | 'greet' | 'arrival'>): void {
    const { callers, checkToken } = this.#options
    const inner = createInnerServer({
      onRequest: (request, response, ingress) => proxy.handle(request, response, ingress),
      onUpgrade: (request, socket, head, ingress) => proxy.upgrade(request, socket, head, ingress),
    })
    this.#inner = inner
    const callerOf = (socket: Socket) => callers.of(socket)
    const handler = createConnectHandler({
      ...this.#options,
      authority: this.authority,
      classify: (host) => (this.#options.isModelHost(host) ? 'decrypt' : 'blind'),
      serve: (socket, ingress, protocol) => inner.serve(socket, ingress, protocol),
      parseTags: (userName) => parseTags(userName).tags,
      callerOf,
      authorize: (password) => checkToken(password),
      dial: (target, how) => dial(target, { ...how, peers: this.#options.peers }),
    })
    server.on('connect', handler)
    this.#dropSilent = acceptHttp2(
      server,
      (socket) => inner.serve(socket, proxy.arrival(socket), 'h2'),
      (socket, client) => {
        callers.relayed(socket, client)
        proxy.greet(socket, client.localPort)
      },
    )
  }

  close(): void {
    this.#dropSilent()
    this.#inner?.close()
  }

  destroyAll(): void {
    this.#inner?.destroyAll()
  }
}
