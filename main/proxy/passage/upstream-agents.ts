import { Agent as HttpAgent, type AgentOptions } from 'node:http'
import { Agent as HttpsAgent, type RequestOptions } from 'node:https'
import { Socket } from 'node:net'
import type { Duplex } from 'node:stream'
import { connect as connectTls, type ConnectionOptions } from 'node:tls'
import type { ForbiddenPeers } from '../intercept/upstream/forbidden-peers.ts'
import { dial } from '../intercept/upstream/dial.ts'
import { isLoopback, targetOfUrl } from '../intercept/tunnel/tunnel-target.ts'
import type { OuterProxy } from '../intercept/upstream/upstream-proxy.ts'

/** As many as an agent's fan-out may open at once; the cap, not the socket, is what limits calls. */
const SOCKETS: AgentOptions = { keepAlive: true, maxSockets: 1_024, maxFreeSockets: 64, scheduling: 'lifo' }

/** Proxies that launches had before us; a machine has one or two. */
const MAX_LAUNCH_PROXIES = 16

/** Connections to upstreams: kept alive, through the company's proxy where the environment names one, with its roots trusted. */
export class UpstreamAgents {
  readonly #plain: HttpAgent
  readonly #direct: HttpsAgent
  readonly #proxied: HttpsAgent
  readonly #outer: OuterProxy
  readonly #trust: { ca?: string[] }
  readonly #launches = new Map<string, HttpsAgent>()
  readonly #peers: ForbiddenPeers

  /** `roots`: PEM certificates trusted besides the runtime's own; null leaves those alone in force. */
  constructor(outer: OuterProxy, roots: string[] | null, peers: ForbiddenPeers) {
    const trust = roots ? { ca: roots } : {}
    this.#trust = trust
    this.#outer = outer
    this.#peers = peers
    this.#plain = guarded(new HttpAgent(SOCKETS), peers)
    this.#direct = guarded(new HttpsAgent({ ...SOCKETS, ...trust }), peers)
    this.#proxied = new TunnelAgent(outer, { ...SOCKETS, ...trust }, peers)
  }

  /** @param launchProxy the proxy that the caller's launch had before us; null where it had none */
  agentFor(target: URL, launchProxy: string | null = null): HttpAgent | HttpsAgent {
    if (target.protocol === 'http:') return this.#plain
    if (launchProxy !== null && !isLoopback(targetOfUrl(target).host)) return this.#launchAgent(launchProxy)
    return this.#outer(targetOfUrl(target)) === null ? this.#direct : this.#proxied
  }

  #launchAgent(proxyUrl: string): HttpsAgent {
    const known = this.#launches.get(proxyUrl)
    if (known) return known
    const agent = new TunnelAgent(() => proxyUrl, { ...SOCKETS, ...this.#trust }, this.#peers)
    this.#launches.set(proxyUrl, agent)
    const [oldest] = this.#launches.keys()
    // Its running requests go on; only what is idle is let go with it.
    if (this.#launches.size > MAX_LAUNCH_PROXIES && oldest !== undefined) this.#launches.delete(oldest)
    return agent
  }

  close(): void {
    for (const agent of [this.#plain, this.#direct, this.#proxied, ...this.#launches.values()]) agent.destroy()
  }
}

/** An agent of which every new connection is watched. */
function guarded<Kind extends HttpAgent>(agent: Kind, peers: ForbiddenPeers): Kind {
  const create = agent.createConnection.bind(agent)
  agent.createConnection = (options, done) => {
    const socket = create(options, done)
    return socket instanceof Socket ? peers.guard(socket) : socket
  }
  return agent
}

/** TLS through a CONNECT tunnel of the proxy above us. */
class TunnelAgent extends HttpsAgent {
  readonly #outer: OuterProxy
  readonly #peers: ForbiddenPeers

  constructor(outer: OuterProxy, options: AgentOptions & ConnectionOptions, peers: ForbiddenPeers) {
    super(options)
    this.#peers = peers
    this.#outer = outer
  }

  override createConnection(options: RequestOptions, done?: (error: Error | null, socket: Duplex) => void): null {
    const target = { host: options.host ?? '', port: Number(options.port ?? 443) }
    dial(target, { proxyUrl: this.#outer(target), peers: this.#peers }).then(
      (socket) => done?.(null, connectTls({ ...(options as ConnectionOptions), socket })),
      (error: Error) => done?.(error, new Socket()),
    )
    return null
  }
}
