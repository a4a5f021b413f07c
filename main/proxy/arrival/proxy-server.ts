import { commandLine } from '../../../shared/values/command-line.ts'
import { createServer, type IncomingMessage, type Server, type ServerResponse, STATUS_CODES } from 'node:http'
import type { AddressInfo, Socket } from 'node:net'
import type { Duplex } from 'node:stream'
import { AllowanceError, messageOf } from '../../../shared/contract/errors.ts'
import { NOBODY } from '../preparation/callers.ts'
import type { Exchange } from './exchange.ts'
import type { RouteParts } from './route.ts'
import type { Caller, Ingress } from './ingress.ts'
import type { ForbiddenPeers } from '../intercept/upstream/forbidden-peers.ts'
import { absoluteIngress, passForeignHttp } from './absolute-form.ts'
import { askForPort } from '../intercept/tunnel/port-handover.ts'
import {
  isLoopback,
  isThisMachine,
  staysOnMachine,
  targetOfUrl,
  type TunnelTarget,
} from '../intercept/tunnel/tunnel-target.ts'
import { otherUser } from './other-user.ts'
import { foreignPage } from './page-guard.ts'
import { mayEnter, type TokenCheck, tokenRequired, type TurnedAway } from './proxy-token.ts'
import { failCall, plainReply, reply } from './refuse.ts'
import { answerUpgrade } from '../websocket/web-sockets.ts'

export interface ListenerParts extends RouteParts {
  newCallId(): string
  clock(): number
  log(level: 'info' | 'warn' | 'error', message: string, fields?: Record<string, unknown>): void
}

export interface ProxyServerOptions {
  parts: ListenerParts
  /** The way of one call (`handle-call.ts`). */
  handleCall(exchange: Exchange): Promise<void>
  host: string
  port: number
  allowedOrigins: readonly string[]
  /** Whether what a client shows is the proxy token; where we listen on loopback alone anything is. */
  checkToken: TokenCheck
  /** Who is at the other end of a connection; begun when it is accepted, because the process may be gone soon. */
  callerOf(socket: Socket): Promise<Caller>
  /** Whether calls of that user are not this developer's to pay for. */
  isStranger?(caller: Caller): boolean
  /** WebSocket upgrades. */
  onUpgrade: (request: IncomingMessage, socket: Duplex, head: Buffer, ingress: Ingress) => void
  /** A plain HTTP request of somebody else's host, before it is passed on. */
  onForeignHttp?: (request: IncomingMessage, url: URL, caller: Promise<Caller>) => void
  peers: ForbiddenPeers
  /** The proxy above us for a target; null is the direct way. */
  upstreamProxy?: (target: TunnelTarget) => string | null
}

/** Idle clients are kept this long: longer than any SDK keeps an idle connection, so that none is closed under a request. */
const KEEP_ALIVE_MS = 65_000

/** Stand-ins whose names are remembered; a machine has a few. */
const MAX_STAND_INS = 64

/** How often a port is asked for that stand-ins hold. */
const HANDOVER_ATTEMPTS = 5

/** The proxy port: base URLs, absolute-form requests, tunnels and `/health`, all on one address. */
export class ProxyServer {
  readonly #options: ProxyServerOptions
  readonly #server: Server
  readonly #ingresses = new WeakMap<object, Ingress>()
  readonly #running = new Set<Promise<void>>()
  /** What means us, by the port of the bridge that a connection came over. */
  readonly #names = new Map<number | undefined, ReadonlySet<string>>()

  constructor(options: ProxyServerOptions) {
    this.#options = options
    this.#server = createServer({ keepAliveTimeout: KEEP_ALIVE_MS, requestTimeout: 0 }, (request, response) =>
      this.handle(request, response, this.#ingressOf(request, request.socket)),
    )
    this.#server.on('connection', (socket: Socket) => {
      socket.setNoDelay(true)
      if (!this.#ingresses.has(socket)) this.greet(socket)
    })
    this.#server.on('upgrade', (request, socket, head) => {
      this.upgrade(request, socket, head, this.#ingressOf(request, socket))
    })
  }

  /** @returns the address it listens on @throws AllowanceError `port-busy` */
  async listen(): Promise<string> {
    const { host, port } = this.#options
    for (let attempt = 0; ; attempt++) {
      const error = await this.#tryListen()
      if (error === null) return this.url
      const busy = error.code === 'EADDRINUSE'
      // A run that has kept the port open while there was no gateway gives it back; another one may be quicker than we are.
      if (busy && attempt < HANDOVER_ATTEMPTS && (await askForPort(host, port))) continue
      throw new AllowanceError(
        'port-busy',
        busy
          ? `port ${port} on ${host} is taken by another program`
          : `cannot listen on ${host}:${port}: ${messageOf(error)}`,
        `choose another: ${commandLine()} serve --port 0`,
        { cause: error },
      )
    }
  }

  #tryListen(): Promise<NodeJS.ErrnoException | null> {
    return new Promise((resolve) => {
      const fail = (error: NodeJS.ErrnoException) => resolve(error)
      this.#server.once('error', fail)
      this.#server.listen(this.#options.port, this.#options.host, () => {
        this.#server.off('error', fail)
        resolve(null)
      })
    })
  }

  get url(): string {
    const { address, port, family } = this.#server.address() as AddressInfo
    return `http://${family === 'IPv6' ? `[${address}]` : address}:${port}`
  }

  /** Null before it listens. */
  get port(): number | null {
    return (this.#server.address() as AddressInfo | null)?.port ?? null
  }

  /** For interception, which takes CONNECT and HTTP/2 on the same port. */
  get server(): Server {
    return this.#server
  }

  /** A connection on the port; again when it turns out that a stand-in hands it on. */
  greet(socket: Socket, standInPort?: number): Ingress {
    const ingress: Ingress = {
      mode: 'base-url',
      origin: null,
      tags: {},
      caller: this.#options.callerOf(socket),
      standInPort,
    }
    this.#ingresses.set(socket, ingress)
    return ingress
  }

  /** How a connection on the port came in. */
  arrival(socket: Socket): Ingress {
    return this.#ingresses.get(socket) ?? this.greet(socket)
  }

  upgrade(request: IncomingMessage, socket: Duplex, head: Buffer, ingress: Ingress): void {
    if (!/^websocket$/i.test(request.headers.upgrade ?? '')) return this.#stayAsItIs(request, socket, head, ingress)
    // A page's WebSocket asks for no permission: its origin is all there is to judge by.
    const turnedAway = this.#turnedAway(request, ingress)
    if (turnedAway) turnAway(socket, turnedAway)
    else void this.#upgradeOwn(request, socket, head, ingress)
  }

  async #upgradeOwn(request: IncomingMessage, socket: Duplex, head: Buffer, ingress: Ingress): Promise<void> {
    socket.on('error', () => socket.destroy())
    if (await this.#isStranger(ingress)) turnAway(socket, otherUser())
    else this.#options.onUpgrade(request, socket, head, ingress)
  }

  async #isStranger(ingress: Ingress): Promise<boolean> {
    return this.#options.isStranger?.(await ingress.caller) ?? false
  }

  /** An offer to change to another protocol (`h2c`, by every plain request of Java's client) that we leave alone. */
  #stayAsItIs(request: IncomingMessage, duplex: Duplex, head: Buffer, ingress: Ingress): void {
    const socket = duplex as Socket
    const lines = request.rawHeaders.flatMap((name, index) =>
      index % 2 === 0 && !/^(connection|upgrade|http2-settings)$/i.test(name)
        ? [`${name}: ${request.rawHeaders[index + 1] ?? ''}`]
        : [],
    )
    socket.unshift(
      Buffer.concat([
        Buffer.from(`${request.method} ${request.url} HTTP/1.1\r\n${lines.join('\r\n')}\r\n\r\n`, 'latin1'),
        head,
      ]),
    )
    this.#ingresses.set(socket, ingress)
    this.#server.emit('connection', socket)
  }

  /** Stops accepting and waits for running calls, at most `graceMs`; then breaks what is left. */
  async stop(graceMs: number): Promise<void> {
    this.#server.close()
    this.#server.closeIdleConnections()
    let timer: NodeJS.Timeout | undefined
    const patience = new Promise<void>((resolve) => {
      timer = setTimeout(resolve, graceMs)
    })
    await Promise.race([Promise.allSettled(this.#running), patience])
    clearTimeout(timer)
    this.#server.closeAllConnections()
    await Promise.allSettled(this.#running)
  }

  /** One request, wherever it came in: on the port itself or out of a tunnel. */
  handle(request: IncomingMessage, response: ServerResponse, ingress: Ingress): void {
    const { parts } = this.#options
    const gone = new AbortController()
    const exchange = {
      callId: parts.newCallId(),
      startedAtMs: parts.clock(),
      request,
      response,
      ingress,
      gone: gone.signal,
    }
    // Writing to a client that has just left is nobody's fault; without a listener it would end the process.
    response.on('error', () => {})
    response.once('close', () => {
      if (!response.writableFinished) gone.abort()
    })
    const work = this.#answer(exchange).catch((error: unknown) => failCall(parts.log, exchange, null, error))
    this.#running.add(work)
    void work.finally(() => this.#running.delete(work))
  }

  async #answer(exchange: Exchange): Promise<void> {
    const { request, response, ingress } = exchange
    const { parts } = this.#options
    const turnedAway = this.#turnedAway(request, ingress) ?? ((await this.#isStranger(ingress)) ? otherUser() : null)
    if (turnedAway)
      return reply(exchange, plainReply(turnedAway.status, turnedAway.code, turnedAway.message, turnedAway.headers))
    if (isHealth(request, ingress))
      return reply(exchange, { status: 200, headers: { 'content-type': 'application/json' }, body: '{"ok":true}' })
    if (ingress.mode === 'absolute' && ingress.origin !== null) {
      const url = new URL(ingress.origin)
      if (parts.providers.forHost(url.hostname) === null) {
        const proxyUrl = ingress.upstreams?.['proxy'] ?? this.#options.upstreamProxy?.(targetOfUrl(url)) ?? null
        this.#options.onForeignHttp?.(request, new URL(request.url ?? '', url), ingress.caller)
        return passForeignHttp(request, response, proxyUrl, this.#options.peers)
      }
    }
    await this.#options.handleCall(exchange)
  }

  /** Pages of other sites, and clients without the token where one is required. `/health` reveals nothing. */
  #turnedAway(request: IncomingMessage, ingress: Ingress): TurnedAway | null {
    const { host, allowedOrigins, checkToken } = this.#options
    const guard = { hosts: this.#hosts(ingress.standInPort), anyHost: !staysOnMachine(host), allowedOrigins }
    const foreign = ingress.mode === 'base-url' ? foreignPage(request, guard) : null
    if (foreign) return { status: 403, code: 'not-allowed', message: foreign }
    return isHealth(request, ingress) || mayEnter(request, ingress, checkToken) ? null : tokenRequired(ingress.mode)
  }

  /** Of a request on the port itself; one that names a whole URL says with it where it wants to go. */
  #ingressOf(request: IncomingMessage, socket: object): Ingress {
    const known = this.#ingresses.get(socket) ?? {
      mode: 'base-url',
      origin: null,
      tags: {},
      caller: Promise.resolve(NOBODY),
    }
    return (
      absoluteIngress(request, known.caller, this.#options.parts.parseTags, (target) => this.isSelf(target)) ?? known
    )
  }

  /** Whether a target is this very port. */
  isSelf(target: TunnelTarget): boolean {
    if (target.port !== this.port) return false
    return staysOnMachine(this.#options.host) ? isLoopback(target.host) : isThisMachine(target.host)
  }

  #hosts(standInPort: number | undefined): ReadonlySet<string> {
    const known = this.#names.get(standInPort)
    if (known) return known
    const { port } = this.#server.address() as AddressInfo
    const names = ['127.0.0.1', 'localhost', '[::1]', 'host.docker.internal', this.#options.host]
    const made = new Set([port, standInPort ?? port].flatMap((one) => names.map((name) => `${name}:${one}`)))
    if (this.#names.size < MAX_STAND_INS) this.#names.set(standInPort, made)
    return made
  }
}

function turnAway(socket: Duplex, { status, message }: TurnedAway): void {
  answerUpgrade(socket, status, STATUS_CODES[status] ?? '', `${message}.`)
}

function isHealth(request: IncomingMessage, { mode }: Ingress): boolean {
  return mode === 'base-url' && request.url === '/health'
}
