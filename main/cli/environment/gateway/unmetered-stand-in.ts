import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { Socket } from 'node:net'
import type { Settings } from '../../../../shared/rules/settings.ts'
import { messageOf } from '../../../../shared/contract/errors.ts'
import { parseTags } from '../../../core/attribution/values/parse-tags.ts'
import { type Clock, systemClock } from '../../../platform/system/clock.ts'
import { NOBODY } from '../../../proxy/preparation/callers.ts'
import { Forwarder } from '../../../proxy/passage/forward.ts'
import type { Ingress } from '../../../proxy/arrival/ingress.ts'
import { absoluteIngress, endToEndHeaders, passForeignHttp } from '../../../proxy/arrival/absolute-form.ts'
import { createConnectHandler } from '../../../proxy/intercept/tunnel/connect.ts'
import { dial } from '../../../proxy/intercept/upstream/dial.ts'
import { createForbiddenPeers } from '../../../proxy/intercept/upstream/forbidden-peers.ts'
import { acceptHttp2 } from '../../../proxy/intercept/tunnel/http2-preface.ts'
import { createInnerServer } from '../../../proxy/intercept/tunnel/inner-server.ts'
import { HANDOVER_HEADER, HANDOVER_PATH } from '../../../proxy/intercept/tunnel/port-handover.ts'
import {
  isLoopback,
  staysOnMachine,
  targetOfUrl,
  type TunnelTarget,
} from '../../../proxy/intercept/tunnel/tunnel-target.ts'
import { createOuterProxy } from '../../../proxy/intercept/upstream/upstream-proxy.ts'
import { createProviderTable } from '../../../proxy/arrival/provider-table.ts'
import { createTokenCheck, mayEnter, tokenRequired, type TurnedAway } from '../../../proxy/arrival/proxy-token.ts'
import { routeOf } from '../../../proxy/arrival/route.ts'
import { trustedRoots } from '../../../proxy/intercept/upstream/trusted-roots.ts'
import { UpstreamAgents } from '../../../proxy/passage/upstream-agents.ts'
import { handOn } from './hand-on.ts'

export interface StandInOptions {
  host: string
  port: number
  /** What clients have to show where that address is reached from elsewhere; null where it is not. */
  proxyToken?: string | null
  settings: Settings
  /** The environment without us: it says which proxy is above. */
  env: Readonly<Record<string, string | undefined>>
  /** The gateway on another port, if there is one by now: connections are handed on to it, and metered again. */
  elsewhere?(): TunnelTarget | null
  /** A time in which traffic passed unmetered has ended. */
  onGap?(gap: { fromMs: number; untilMs: number }): void
  clock?: Clock
}

/** How often a stand-in looks for a gateway elsewhere, to let its idle connections go; a new connection looks by itself. */
const LOOK_MS = 500

export interface StandIn {
  /** Resolves when a gateway has asked for the port, or `close` was called: the port is free then. */
  closed: Promise<void>
  close(): void
}

/**
 * Stands in for a gateway while there is none: it keeps the port open and passes traffic without metering or stopping
 * any of it (tunnels blindly, base URLs to their provider). Running requests live on when a gateway takes the port back.
 * While the next gateway listens on another port, new connections are handed on to it.
 *
 * @returns null when somebody else has the port
 */
export async function openStandIn(options: StandInOptions): Promise<StandIn | null> {
  const { host, port, settings, env, clock = systemClock, proxyToken = null, elsewhere = () => null } = options
  // Without the token nobody could be told from anybody.
  if (proxyToken === null && !staysOnMachine(host)) return null
  const checkToken = createTokenCheck(staysOnMachine(host) ? null : proxyToken)
  const isSelf = (target: TunnelTarget) => target.port === port && isLoopback(target.host)
  const outer = createOuterProxy(env, settings.httpsProxy, isSelf)
  const peers = createForbiddenPeers()
  peers.addOwnPort(port)
  const agents = new UpstreamAgents(outer, trustedRoots(settings.caFile), peers)
  const forwarder = new Forwarder(agents, null)
  const parts = {
    providers: createProviderTable(settings, () => []),
    parseTags: (text: string) => parseTags(text).tags,
  }
  const nobody = Promise.resolve(NOBODY)
  const baseUrl: Ingress = { mode: 'base-url', origin: null, tags: {}, caller: nobody }

  const answer = (request: IncomingMessage, response: ServerResponse, known: Ingress): void => {
    // Its client's next request finds the gateway that there is by now.
    if (unmeteredSinceMs === null) response.shouldKeepAlive = false
    const ingress = absoluteIngress(request, nobody, parts.parseTags, isSelf) ?? known
    if (ingress.mode === 'base-url' && request.url === '/health') return say(response, 503, 'no gateway is running')
    if (!mayEnter(request, ingress, checkToken)) return turnAway(response, tokenRequired(ingress.mode))
    if (ingress.mode === 'absolute' && ingress.origin !== null)
      return passForeignHttp(
        request,
        response,
        ingress.upstreams?.['proxy'] ?? outer(targetOfUrl(new URL(ingress.origin))),
        peers,
      )
    const route = routeOf({ request, ingress }, parts)
    if (route.kind === 'unknown') return say(response, 404, route.message)
    forwarder.send(request, response, route.upstream, null).then(
      ({ response: upstream }) => {
        response.writeHead(upstream.statusCode ?? 502, endToEndHeaders(upstream))
        upstream.pipe(response)
        upstream.once('error', () => response.destroy())
      },
      (error: unknown) => say(response, 502, messageOf(error)),
    )
  }

  const inner = createInnerServer({ onRequest: answer, onUpgrade: (_request, socket) => socket.end(UPGRADE_REQUIRED) })
  const server = createServer((request, response) => {
    const isHandover = request.url === HANDOVER_PATH && request.method === 'POST' && request.headers[HANDOVER_HEADER]
    if (!isHandover) return answer(request, response, baseUrl)
    // The port is free as soon as nobody listens; who asked may have it before the answer is read.
    close()
    response.writeHead(204, { connection: 'close' }).end()
  })
  // Websockets fall back to plain HTTP on 426.
  server.on('upgrade', (_request, socket) => socket.end(UPGRADE_REQUIRED))
  server.on(
    'connect',
    createConnectHandler({
      authority: {
        covers: () => false,
        secureContextFor: () => Promise.reject(new Error('a stand-in decrypts nothing')),
      },
      classify: () => 'blind',
      serve: (socket, ingress, protocol) => inner.serve(socket, ingress, protocol),
      parseTags: parts.parseTags,
      callerOf: () => nobody,
      authorize: (password) => checkToken(password),
      // Nothing is counted here, so there is nobody whom another user's calls could be charged to.
      isStranger: () => false,
      upstreamProxy: outer,
      isSelf,
      failureMode: () => 'open',
      dial: (target, how) => dial(target, { ...how, peers }),
      clock,
      onBlindTunnel: () => {},
      onLeafRefused: () => {},
    }),
  )
  const dropSilent = acceptHttp2(server, (socket) => inner.serve(socket, baseUrl, 'h2'))
  const pass = server.listeners('connection') as ((socket: Socket) => void)[]
  const takeUnmetered = (socket: Socket) => {
    for (const listener of pass) listener.call(server, socket)
  }
  server.removeAllListeners('connection')
  server.on('connection', (socket: Socket) => {
    const place = look()
    if (place) handOn(socket, place, () => takeUnmetered(socket))
    else takeUnmetered(socket)
  })

  let unmeteredSinceMs: number | null = clock()
  function look(): TunnelTarget | null {
    const place = elsewhere()
    if (place === null) unmeteredSinceMs ??= clock()
    else if (unmeteredSinceMs !== null) {
      endGap()
      server.closeIdleConnections()
    }
    return place
  }
  function endGap(): void {
    const untilMs = clock()
    if (unmeteredSinceMs !== null && untilMs > unmeteredSinceMs) options.onGap?.({ fromMs: unmeteredSinceMs, untilMs })
    unmeteredSinceMs = null
  }
  const looking = setInterval(look, LOOK_MS)
  looking.unref()

  let isClosed = () => {}
  const closed = new Promise<void>((resolve) => {
    isClosed = resolve
  })
  function close(): void {
    clearInterval(looking)
    endGap()
    server.close()
    server.closeIdleConnections()
    dropSilent()
    inner.close()
    isClosed()
  }

  return new Promise((resolve) => {
    server.once('error', () => {
      clearInterval(looking)
      agents.close()
      resolve(null)
    })
    server.listen(port, host, () => resolve({ closed, close }))
  })
}

const UPGRADE_REQUIRED = 'HTTP/1.1 426 Upgrade Required\r\ncontent-length: 0\r\nconnection: close\r\n\r\n'

function turnAway(response: ServerResponse, { status, message, headers }: TurnedAway): void {
  for (const [name, value] of Object.entries(headers ?? {})) response.setHeader(name, value)
  say(response, status, message)
}

function say(response: ServerResponse, status: number, message: string): void {
  if (response.headersSent) return void response.destroy()
  const body = `${JSON.stringify({ ok: false, bridge: true, error: { message: `Allowance: ${message}` } })}\n`
  response.writeHead(status, { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) })
  response.end(body)
}
