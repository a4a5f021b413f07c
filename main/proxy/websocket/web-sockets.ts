import type { IncomingMessage } from 'node:http'
import type { Duplex } from 'node:stream'
import { messageOf } from '../../../shared/contract/errors.ts'
import { socketDialectFor } from '../../core/providers/sockets/registry.ts'
import { describeError } from '../../platform/system/describe-error.ts'
import type { Ingress } from '../arrival/ingress.ts'
import { failureSentence } from '../arrival/refuse.ts'
import { type RouteParts, ROUTES_HELP, routeOf } from '../arrival/route.ts'
import type { UpstreamAgents } from '../passage/upstream-agents.ts'
import { type SessionParts, SocketSession } from './socket-session.ts'
import { HandshakeRefused } from './websocket.ts'

export type SocketParts = SessionParts & RouteParts

/** WebSocket upgrades on the proxy port and out of tunnels: what is understood is metered, the rest is told to use HTTP. */
export class WebSockets {
  readonly #parts: SocketParts
  readonly #agents: Pick<UpstreamAgents, 'agentFor'>
  readonly #sessions = new Set<SocketSession>()

  constructor(parts: SocketParts, agents: Pick<UpstreamAgents, 'agentFor'>) {
    this.#parts = parts
    this.#agents = agents
  }

  upgrade(request: IncomingMessage, socket: Duplex, head: Buffer, ingress: Ingress): void {
    socket.on('error', () => socket.destroy())
    try {
      this.#open(request, socket, head, ingress)
    } catch (error) {
      const callId = this.#parts.newCallId()
      this.#parts.log('error', 'a call failed inside the gateway', { callId, ...describeError(error) })
      answerUpgrade(socket, 500, 'Internal Server Error', failureSentence(callId))
    }
  }

  #open(request: IncomingMessage, socket: Duplex, head: Buffer, ingress: Ingress): void {
    const route = routeOf({ request, ingress }, this.#parts)
    if (route.kind === 'unknown') return answerUpgrade(socket, 404, 'Not Found', `${route.message}. ${ROUTES_HELP}`)
    const dialect = socketDialectFor(route.head)
    if (!dialect)
      return answerUpgrade(
        socket,
        426,
        'Upgrade Required',
        `the WebSocket API at ${route.head.path} is not metered here; use plain HTTP.`,
      )
    // Clients fall back to HTTP on this, where they are told why in their own terms.
    if (this.#parts.gate() || this.#parts.books.traffic.state() !== 'ok')
      return answerUpgrade(socket, 426, 'Upgrade Required', 'no call may be made now; plain HTTP says why.')
    const session = new SocketSession(this.#parts, this.#agents, { request, ingress, route }, dialect)
    this.#sessions.add(session)
    void session.closed.then(() => this.#sessions.delete(session))
    session.open(socket, head).catch((error: unknown) => {
      this.#sessions.delete(session)
      if (error instanceof HandshakeRefused) passRefusal(socket, error)
      else answerUpgrade(socket, 502, 'Bad Gateway', `${messageOf(error)}. Nothing was sent and nothing is charged.`)
    })
  }

  /** Lets what runs finish, at most `graceMs`; then breaks what is left. The books are closed when it resolves. */
  async stop(graceMs: number): Promise<void> {
    const sessions = [...this.#sessions]
    const timer = setTimeout(() => sessions.forEach((session) => session.terminate()), graceMs)
    for (const session of sessions) void session.stop()
    await Promise.all(sessions.map((session) => session.closed))
    clearTimeout(timer)
  }
}

/** An answer instead of a handshake, after which the connection is closed. */
export function answerUpgrade(socket: Duplex, status: number, statusText: string, message: string): void {
  if (socket.destroyed) return
  const body = `${JSON.stringify({ error: { message: `Allowance: ${message}` } })}\n`
  const headers = ['content-type: application/json', `content-length: ${Buffer.byteLength(body)}`, 'connection: close']
  socket.end(`HTTP/1.1 ${status} ${statusText}\r\n${headers.join('\r\n')}\r\n\r\n${body}`)
}

function passRefusal(socket: Duplex, { answer }: HandshakeRefused): void {
  if (socket.destroyed) return
  const headers = [...answer.headers, `content-length: ${answer.body.length}`, 'connection: close']
  socket.write(`HTTP/1.1 ${answer.status} ${answer.statusText}\r\n${headers.join('\r\n')}\r\n\r\n`)
  socket.end(answer.body)
}
