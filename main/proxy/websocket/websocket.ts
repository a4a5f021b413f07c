import type { IncomingMessage, OutgoingHttpHeaders } from 'node:http'
import type { Duplex } from 'node:stream'
import { WebSocket, WebSocketServer } from 'ws'
import { messageOf } from '../../../shared/contract/errors.ts'
import { endToEndHeaders, isHopHeader } from '../passage/forward.ts'
import type { UpstreamAgents } from '../passage/upstream-agents.ts'

/** The only file that knows the package `ws`: handshakes and frames, nothing of what is said. */

/** More than this unsent, and the other side is not read until it is gone. */
const MAX_UNSENT_BYTES = 1024 * 1024
const HANDSHAKE_TIMEOUT_MS = 30_000
/** Of an answer that is not a handshake: an error with a sentence. */
const MAX_REFUSAL_BYTES = 64 * 1024

/** One end of a socket that is open. */
export interface SocketEnd {
  readonly protocol: string
  /** Text goes as text, bytes as bytes. `from` is not read while too much of what it sent is on its way. */
  send(data: string | Buffer, from?: SocketEnd): void
  onFrame(listener: (data: string | Buffer) => void): void
  onClose(listener: (code: number, reason: Buffer) => void): void
  /** With the other side's code, or at once where there is none that may be sent. */
  close(code: number, reason: Buffer | string): void
  terminate(): void
  pause(): void
  resume(): void
}

export interface UpstreamHandshake {
  end: SocketEnd
  /** Headers of the provider's answer that the client gets, too. */
  headers: OutgoingHttpHeaders
}

/** The provider answered the handshake with something else: that answer is the client's. */
export class HandshakeRefused extends Error {
  override readonly name = 'HandshakeRefused'
  readonly answer: { status: number; statusText: string; headers: string[]; body: Buffer }

  constructor(answer: HandshakeRefused['answer']) {
    super(`the upstream answered ${answer.status} to a WebSocket handshake`)
    this.answer = answer
  }
}

/**
 * Opens the provider's side with the client's own headers. @throws HandshakeRefused, or what the network says.
 */
export function connectUpstream(
  request: IncomingMessage,
  target: URL,
  agents: Pick<UpstreamAgents, 'agentFor'>,
  options: { launchProxy: string | null; maxFrameBytes: number },
): Promise<UpstreamHandshake> {
  const headers = Object.fromEntries(
    Object.entries(endToEndHeaders(request)).filter(([name]) => !/^(host|content-length|sec-websocket-.*)$/.test(name)),
  )
  const protocols = String(request.headers['sec-websocket-protocol'] ?? '')
    .split(',')
    .map((name) => name.trim())
    .filter(Boolean)
  const socket = new WebSocket(target, protocols, {
    headers: headers as Record<string, string>,
    agent: agents.agentFor(target, options.launchProxy),
    perMessageDeflate: offersDeflate(request),
    maxPayload: options.maxFrameBytes,
    handshakeTimeout: HANDSHAKE_TIMEOUT_MS,
  })
  return new Promise((resolve, reject) => {
    let answered: OutgoingHttpHeaders = {}
    socket.once('upgrade', (response) => {
      answered = handshakeHeaders(response)
    })
    socket.once('unexpected-response', (_request, response) => {
      void readRefusal(response)
        .then(reject, reject)
        .finally(() => socket.terminate())
    })
    socket.once('error', (error) =>
      reject(new Error(`${target.host} cannot be reached: ${messageOf(error)}`, { cause: error })),
    )
    socket.once('open', () => resolve({ end: endOf(socket), headers: answered }))
  })
}

/** Answers the client's handshake. Its deflate is its own: each side of us agrees on what it can. */
export function acceptClient(
  request: IncomingMessage,
  socket: Duplex,
  head: Buffer,
  upstream: { protocol: string; headers: OutgoingHttpHeaders; maxFrameBytes: number },
): Promise<SocketEnd> {
  const server = new WebSocketServer({
    noServer: true,
    clientTracking: false,
    perMessageDeflate: true,
    maxPayload: upstream.maxFrameBytes,
    handleProtocols: () => upstream.protocol || false,
  })
  server.on('headers', (lines) => {
    for (const [name, value] of Object.entries(upstream.headers))
      for (const one of [value].flat()) lines.push(`${name}: ${String(one)}`)
  })
  return new Promise((resolve, reject) => {
    socket.once('close', () => reject(new Error('the client left during the handshake')))
    server.handleUpgrade(request, socket, head, (accepted) => resolve(endOf(accepted)))
  })
}

function endOf(socket: WebSocket): SocketEnd {
  // What breaks shows in the close that follows.
  socket.on('error', () => {})
  return {
    get protocol() {
      return socket.protocol
    },
    send(data, from) {
      if (socket.readyState !== WebSocket.OPEN) return
      socket.send(data, { binary: typeof data !== 'string' }, () => {
        if (socket.bufferedAmount <= MAX_UNSENT_BYTES) from?.resume()
      })
      if (socket.bufferedAmount > MAX_UNSENT_BYTES) from?.pause()
    },
    onFrame: (listener) => {
      socket.on('message', (data: Buffer, isBinary: boolean) => listener(isBinary ? data : data.toString('utf8')))
    },
    onClose: (listener) => {
      socket.once('close', listener)
    },
    close(code, reason) {
      if (!maySend(code)) socket.terminate()
      else if (code === NO_STATUS) socket.close()
      else socket.close(code, reason)
    },
    terminate: () => socket.terminate(),
    pause: () => socket.pause(),
    resume: () => socket.resume(),
  }
}

/** Closed without a code. */
const NO_STATUS = 1005
/** 1006 (broken off) and 1015 (TLS) are no codes to be sent: they say that there was no farewell. */
function maySend(code: number): boolean {
  return code !== 1006 && code !== 1015
}

function offersDeflate(request: IncomingMessage): boolean {
  return String(request.headers['sec-websocket-extensions'] ?? '').includes('permessage-deflate')
}

function handshakeHeaders(response: IncomingMessage): OutgoingHttpHeaders {
  return Object.fromEntries(
    Object.entries(response.headers).filter(
      ([name]) => !isHopHeader(name) && !name.startsWith('sec-websocket-') && name !== 'content-length',
    ),
  )
}

async function readRefusal(response: IncomingMessage): Promise<HandshakeRefused> {
  const chunks: Buffer[] = []
  let bytes = 0
  for await (const chunk of response as AsyncIterable<Buffer>) {
    bytes += chunk.length
    if (bytes <= MAX_REFUSAL_BYTES) chunks.push(chunk)
  }
  const headers = response.rawHeaders.flatMap((name, index) =>
    index % 2 === 0 && !isHopHeader(name.toLowerCase()) && name.toLowerCase() !== 'content-length'
      ? [`${name}: ${response.rawHeaders[index + 1] ?? ''}`]
      : [],
  )
  return new HandshakeRefused({
    status: response.statusCode ?? 502,
    statusText: response.statusMessage ?? '',
    headers,
    body: Buffer.concat(chunks),
  })
}
