import type { Duplex } from 'node:stream'
import { messageOf } from '../../../shared/contract/errors.ts'
import { plainRefusal } from '../../core/policy/decision/make-refusal.ts'
import type { SocketDialect } from '../../core/providers/sockets/socket-dialect.ts'
import { describeError } from '../../platform/system/describe-error.ts'
import { failureSentence } from '../arrival/refuse.ts'
import type { UpstreamAgents } from '../passage/upstream-agents.ts'
import type { SocketOrigin } from './enter-call.ts'
import { InOrder } from './in-order.ts'
import { type SocketCallParts, SocketCalls } from './socket-calls.ts'
import { acceptClient, connectUpstream, type SocketEnd, type UpstreamHandshake } from './websocket.ts'

/** What a client may send while an earlier frame of its waits for admission; then it is read no further. */
const MAX_BACKLOG_CHARS = 16 * 1024 * 1024
const GOING_AWAY = 1001
const BROKEN = 1006
const INTERNAL_ERROR = 1011

export interface SessionParts extends SocketCallParts {
  maxBodyBytes: number
  log(level: 'info' | 'warn' | 'error', message: string, fields?: Record<string, unknown>): void
}

/** One client's socket and the provider's behind it, with the calls between them. */
export class SocketSession {
  readonly #parts: SessionParts
  readonly #agents: Pick<UpstreamAgents, 'agentFor'>
  readonly #origin: SocketOrigin
  readonly #calls: SocketCalls
  readonly #outward: InOrder
  readonly #inward: InOrder
  #client: SocketEnd | null = null
  #upstream: SocketEnd | null = null
  #over = false
  #hasFailed = false
  #closed: () => void = () => {}
  /** Resolves when both sides are gone and the books are closed. */
  readonly closed = new Promise<void>((resolve) => {
    this.#closed = resolve
  })

  constructor(
    parts: SessionParts,
    agents: Pick<UpstreamAgents, 'agentFor'>,
    origin: SocketOrigin,
    dialect: SocketDialect,
  ) {
    this.#parts = parts
    this.#agents = agents
    this.#origin = origin
    this.#outward = new InOrder((error) => void this.#failed(error))
    this.#inward = new InOrder((error) => void this.#failed(error))
    this.#calls = new SocketCalls(parts, origin, dialect.open(origin.route.head), {
      toClient: (text) => this.#client?.send(text, this.#upstream ?? undefined),
      toUpstream: (text) => this.#toUpstream(text),
      dropUpstream: () => this.#dropUpstream(),
      failed: (error) => void this.#failed(error),
    })
  }

  /** @throws HandshakeRefused, or what the network says, before the client's handshake was answered */
  async open(socket: Duplex, head: Buffer): Promise<void> {
    let left = false
    socket.once('close', () => {
      left = true
    })
    const { end, headers } = await this.#connect()
    const { protocol } = end
    if (left) {
      end.terminate()
      return
    }
    const client = await acceptClient(this.#origin.request, socket, head, {
      protocol,
      headers,
      maxFrameBytes: this.#parts.maxBodyBytes,
    })
    this.#client = client
    client.onFrame((data) => this.#fromClient(client, data))
    client.onClose((code, reason) => void this.#clientClosed(code, reason))
    this.#adopt(end)
  }

  /** Ends in order: at once where nothing runs, else when it is done. */
  async stop(): Promise<void> {
    await this.#calls.whenIdle()
    this.#client?.close(GOING_AWAY, 'the gateway stops')
  }

  terminate(): void {
    this.#client?.terminate()
  }

  #connect(): Promise<UpstreamHandshake> {
    const { request, ingress, route } = this.#origin
    const launchProxy = ingress.upstreams?.['proxy'] ?? null
    return connectUpstream(request, route.upstream, this.#agents, {
      launchProxy,
      maxFrameBytes: this.#parts.maxBodyBytes,
    })
  }

  #adopt(upstream: SocketEnd): void {
    this.#upstream = upstream
    upstream.onFrame((data) => {
      const client = this.#client
      this.#inward.push(data.length, () => {
        // What a dropped connection still had on its way is not the client's any more.
        if (this.#upstream !== upstream) return
        return typeof data === 'string' ? this.#calls.fromUpstream(data) : client?.send(data, upstream)
      })
    })
    upstream.onClose((code, reason) => {
      void this.#inward
        .done()
        .then(() => this.#upstreamClosed(upstream, code, reason))
        .catch((error: unknown) => this.#failed(error))
    })
  }

  #fromClient(client: SocketEnd, data: string | Buffer): void {
    this.#outward.push(data.length, () => {
      if (this.#over) return
      return typeof data === 'string' ? this.#calls.fromClient(data) : this.#toUpstream(data)
    })
    if (this.#outward.backlog <= MAX_BACKLOG_CHARS) return
    client.pause()
    void this.#outward.done().then(() => client.resume())
  }

  #toUpstream(data: string | Buffer): Promise<void> | void {
    if (this.#upstream) this.#upstream.send(data, this.#client ?? undefined)
    else if (!this.#over) return this.#reconnect(data)
  }

  async #reconnect(data: string | Buffer): Promise<void> {
    try {
      const { end } = await this.#connect()
      if (this.#over) return end.terminate()
      this.#adopt(end)
      end.send(data, this.#client ?? undefined)
    } catch (error) {
      this.#parts.log('warn', 'the upstream of a WebSocket cannot be reached again', { error: messageOf(error) })
      await this.#calls.close('upstream-broke')
      this.#client?.terminate()
    }
  }

  /**
   * Something was thrown inside: the client hears it in its dialect with the id that the log has, and the socket ends,
   * because nobody knows what of it still holds.
   */
  async #failed(error: unknown): Promise<void> {
    if (this.#hasFailed) return
    this.#hasFailed = true
    this.#over = true
    const callId = this.#calls.failingId()
    this.#parts.log('error', 'a call failed inside the gateway', { callId, ...describeError(error) })
    this.#dropUpstream()
    try {
      await this.#calls.fail(plainRefusal('internal', failureSentence(callId)), callId)
    } catch (second) {
      this.#parts.log('error', 'the calls of a WebSocket could not be closed', { callId, ...describeError(second) })
    }
    this.#client?.close(INTERNAL_ERROR, 'the gateway failed')
  }

  #dropUpstream(): void {
    const upstream = this.#upstream
    this.#upstream = null
    upstream?.terminate()
  }

  async #clientClosed(code: number, reason: Buffer): Promise<void> {
    this.#over = true
    const upstream = this.#upstream
    // It must not go on generating for nobody.
    if (this.#calls.busy) upstream?.terminate()
    else upstream?.close(code === BROKEN ? GOING_AWAY : code, code === BROKEN ? '' : reason)
    try {
      await this.#calls.close('client-left')
    } catch (error) {
      await this.#failed(error)
    }
    // A call that was being admitted when the client left is given back by its own turn.
    await this.#outward.done()
    this.#closed()
  }

  async #upstreamClosed(upstream: SocketEnd, code: number, reason: Buffer): Promise<void> {
    if (this.#upstream !== upstream || this.#over) return
    this.#upstream = null
    await this.#calls.close('upstream-broke')
    this.#client?.close(code, reason)
  }
}
