import type { ClientRequest, IncomingMessage, ServerResponse } from 'node:http'
import { Readable } from 'node:stream'
import httpProxy from 'http-proxy'
import type { UpstreamAgents } from './upstream-agents.ts'

/** Headers that belong to one hop, or to us, and never go further. */
const HOP_HEADERS: ReadonlySet<string> = new Set([
  'connection',
  'proxy-connection',
  'keep-alive',
  'transfer-encoding',
  'te',
  'trailer',
  'upgrade',
  'proxy-authorization',
  'expect',
  'http2-settings',
])

export interface Upstream {
  response: IncomingMessage
  /** Stops the upstream at once: it must not go on generating for nobody. */
  abort(): void
}

/** The upstream could not be reached, or broke before it answered. `sent`: the request may have arrived. */
export class UpstreamFailed extends Error {
  override readonly name = 'UpstreamFailed'
  readonly sent: boolean

  constructor(message: string, sent: boolean, options?: { cause?: unknown }) {
    super(message, options)
    this.sent = sent
  }
}

/**
 * Sends the request on and waits for the head of the answer. The body's bytes are the client's (or the declared edits
 * of them); of the headers only those of this hop change. When the client leaves, the upstream is stopped.
 *
 * A request is sent once. Where a kept connection ends without an answer nobody can tell whether the provider had read
 * the request, and paid work is never done twice: the client sees it break, as it would without us.
 */
export class Forwarder {
  readonly #proxy: httpProxy
  readonly #waiting = new WeakMap<IncomingMessage, (response: IncomingMessage) => void>()
  /** Requests whose connection stood: something of them may have arrived. */
  readonly #reached = new WeakSet<IncomingMessage>()
  readonly #agents: UpstreamAgents

  /** @param idleMs an upstream that sends nothing for so long is given up; null waits for as long as the client does */
  constructor(agents: UpstreamAgents, idleMs: number | null) {
    this.#agents = agents
    this.#proxy = httpProxy.createProxyServer({
      selfHandleResponse: true,
      changeOrigin: true,
      ignorePath: true,
      ...(idleMs === null ? {} : { proxyTimeout: idleMs }),
    })
    this.#proxy.on('proxyReq', (sent, request) => onReached(sent, () => this.#reached.add(request)))
    this.#proxy.on('proxyRes', (upstream, request) => this.#waiting.get(request)?.(upstream))
    // The client left while the upstream was still being reached: its own 'close' tells the spine.
    this.#proxy.on('econnreset', () => {})
  }

  /** @throws UpstreamFailed */
  send(
    request: IncomingMessage,
    response: ServerResponse,
    target: URL,
    body: Buffer | null,
    launchProxy: string | null = null,
  ): Promise<Upstream> {
    request.headers = outgoingHeaders(request, body)
    if (response.destroyed) return Promise.reject(new UpstreamFailed('the client left', false))
    const agent = this.#agents.agentFor(target, launchProxy)
    return new Promise((resolve, reject) => {
      let isAnswered = false
      this.#waiting.set(request, (upstream) => {
        isAnswered = true
        resolve({ response: upstream, abort: () => upstream.destroy() })
      })
      response.once('close', () => {
        if (!isAnswered) reject(new UpstreamFailed('the client left', true))
      })
      const buffer = body ? { buffer: bodyStream(body) } : {}
      this.#proxy.web(request, response, { target, agent, ...buffer }, (error) => {
        const reason = error.message || String((error as NodeJS.ErrnoException).code ?? '')
        const message = `${target.origin} cannot be reached: ${reason}`
        reject(new UpstreamFailed(message, this.#reached.has(request), { cause: error }))
      })
    })
  }
}

/** Calls `reached` once the connection of a request stands: for TLS when both sides have agreed. Before that no byte of it leaves. */
function onReached(sent: ClientRequest, reached: () => void): void {
  const { socket } = sent
  if (!socket || sent.reusedSocket) return reached()
  socket.once('encrypted' in socket ? 'secureConnect' : 'connect', () => {
    // A peer that may not be asked is hung up on first.
    if (!socket.destroyed) reached()
  })
}

/** A stream of one piece; the library's own would iterate over it. */
function bodyStream(body: Buffer): Readable {
  return new Readable({
    read() {
      if (body.length > 0) this.push(body)
      this.push(null)
    },
  })
}

function outgoingHeaders(request: IncomingMessage, body: Buffer | null): IncomingMessage['headers'] {
  const headers = endToEndHeaders(request)
  // A compressed answer can be relayed but not ended legally in the middle, and blinds the meter.
  headers['accept-encoding'] = 'identity'
  if (body) headers['content-length'] = String(body.length)
  return headers
}

/** The client's headers without those of its hop and without ours. */
export function endToEndHeaders(request: IncomingMessage): IncomingMessage['headers'] {
  const dropped = new Set<string>()
  // Whatever the client's connection header names belongs to its hop too (RFC 9110 section 7.6.1).
  for (const name of String(request.headers.connection ?? '').split(',')) dropped.add(name.trim().toLowerCase())
  const headers: IncomingMessage['headers'] = {}
  for (const [name, value] of Object.entries(request.headers)) {
    if (!isHopHeader(name) && !dropped.has(name) && !name.startsWith('x-allowance-') && !name.startsWith(':'))
      headers[name] = value
  }
  return headers
}

/** `name` in lower case. */
export function isHopHeader(name: string): boolean {
  return HOP_HEADERS.has(name)
}
