import type { IncomingMessage, ServerResponse } from 'node:http'
import { Readable } from 'node:stream'
import httpProxy from 'http-proxy'
import type { UpstreamAgents } from './upstream-agents.ts'

/** Headers that belong to one hop, or to us, and never go further. */
const HOP_HEADERS = ['connection', 'proxy-connection', 'keep-alive', 'transfer-encoding', 'te', 'trailer', 'upgrade', 'proxy-authorization', 'expect', 'http2-settings']

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

const NEVER_SENT = new Set(['ECONNREFUSED', 'ENOTFOUND', 'EAI_AGAIN', 'EHOSTUNREACH', 'ENETUNREACH', 'ETIMEDOUT', 'CERT_HAS_EXPIRED', 'DEPTH_ZERO_SELF_SIGNED_CERT', 'UNABLE_TO_VERIFY_LEAF_SIGNATURE', 'SELF_SIGNED_CERT_IN_CHAIN', 'ERR_TLS_CERT_ALTNAME_INVALID', 'not-found'])

/**
 * Sends the request on and waits for the head of the answer. The body's bytes are the client's (or the declared edits
 * of them); of the headers only those of this hop change. When the client leaves, the upstream is stopped.
 */
export class Forwarder {
  readonly #proxy = httpProxy.createProxyServer({ selfHandleResponse: true, changeOrigin: true, ignorePath: true })
  readonly #waiting = new WeakMap<IncomingMessage, (response: IncomingMessage) => void>()
  readonly #agents: UpstreamAgents

  constructor(agents: UpstreamAgents) {
    this.#agents = agents
    this.#proxy.on('proxyRes', (upstream, request) => this.#waiting.get(request)?.(upstream))
    // The client left while the upstream was still being reached: its own 'close' tells the spine.
    this.#proxy.on('econnreset', () => {})
  }

  /** @throws UpstreamFailed */
  send(request: IncomingMessage, response: ServerResponse, target: URL, body: Buffer | null, launchProxy: string | null = null): Promise<Upstream> {
    request.headers = outgoingHeaders(request, body)
    const options = { target, agent: this.#agents.agentFor(target, launchProxy), ...(body ? { buffer: Readable.from([body]) } : {}) }
    return new Promise((resolve, reject) => {
      this.#waiting.set(request, (upstream) => resolve({ response: upstream, abort: () => upstream.destroy() }))
      const onGone = () => reject(new UpstreamFailed('the client left', true))
      response.once('close', onGone)
      this.#proxy.web(request, response, options, (error) => {
        const code = String((error as { code?: unknown }).code ?? '')
        reject(new UpstreamFailed(`${target.origin} cannot be reached: ${error.message || code}`, !NEVER_SENT.has(code), { cause: error }))
      })
    })
  }
}

function outgoingHeaders(request: IncomingMessage, body: Buffer | null): IncomingMessage['headers'] {
  const dropped = new Set(HOP_HEADERS)
  // Whatever the client's connection header names belongs to its hop too (RFC 9110 section 7.6.1).
  for (const name of String(request.headers.connection ?? '').split(',')) dropped.add(name.trim().toLowerCase())
  const headers: IncomingMessage['headers'] = {}
  for (const [name, value] of Object.entries(request.headers)) {
    if (!dropped.has(name) && !name.startsWith('x-allowance-') && !name.startsWith(':')) headers[name] = value
  }
  // A compressed answer can be relayed but not ended legally in the middle, and blinds the meter.
  headers['accept-encoding'] = 'identity'
  if (body) headers['content-length'] = String(body.length)
  return headers
}
