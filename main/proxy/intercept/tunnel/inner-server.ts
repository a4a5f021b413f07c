import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { ServerHttp2Session } from 'node:http2'
import type { Socket } from 'node:net'
import type { Duplex } from 'node:stream'
import type { Ingress } from '../../arrival/ingress.ts'
import { createHttp2Server } from './http2-requests.ts'

/** Longer than SDKs keep an idle connection, so that it is always the client that closes it: no request meets a closing socket. */
const KEEP_ALIVE_MS = 120_000

export interface InnerServerOptions {
  onRequest(request: IncomingMessage, response: ServerResponse, ingress: Ingress): void
  onUpgrade(request: IncomingMessage, socket: Duplex, head: Buffer, ingress: Ingress): void
}

/** Speaks HTTP on sockets that somebody else accepted: decrypted tunnels, plain ones, and HTTP/2 prefaces on the proxy port. */
export interface InnerServer {
  serve(socket: Socket, ingress: Ingress, protocol: 'http/1.1' | 'h2'): void
  /** Ends idle connections and lets running requests finish; `destroyAll` does not wait for them. */
  close(): void
  destroyAll(): void
}

/** Neither of the two servers listens: they only know how to speak. Every request arrives with the ingress of its socket. */
export function createInnerServer(options: InnerServerOptions): InnerServer {
  const ingressOf = new WeakMap<object, Ingress>()
  const sockets = new Set<Socket>()
  const sessions = new Set<ServerHttp2Session>()
  const busy = new Map<Socket, number>()
  let closing = false

  const http1 = createServer({ keepAliveTimeout: KEEP_ALIVE_MS }, (request, response) => {
    const { socket } = request
    busy.set(socket, (busy.get(socket) ?? 0) + 1)
    if (closing) response.setHeader('connection', 'close')
    response.once('close', () => busy.set(socket, (busy.get(socket) ?? 1) - 1))
    options.onRequest(request, response, found(ingressOf.get(socket)))
  })
  http1.on('upgrade', (request, socket, head) => options.onUpgrade(request, socket, head, found(ingressOf.get(socket))))
  http1.on('clientError', (_error, socket) => {
    if (!socket.destroyed && socket.writable) socket.end('HTTP/1.1 400 Bad Request\r\nconnection: close\r\n\r\n')
    else socket.destroy()
  })

  // A session hides its socket behind a proxy object, so the socket's ingress is handed on when the session is made.
  let arriving: Ingress | null = null
  const http2 = createHttp2Server((request, response) => {
    const session = (request as unknown as { stream: { session: object } }).stream.session
    options.onRequest(request, response, found(ingressOf.get(session)))
  })
  http2.on('session', (session) => {
    if (arriving) ingressOf.set(session, arriving)
    sessions.add(session)
    session.once('close', () => sessions.delete(session))
    session.on('error', () => session.destroy())
  })

  return {
    serve(socket, ingress, protocol) {
      sockets.add(socket)
      socket.once('close', () => {
        sockets.delete(socket)
        busy.delete(socket)
      })
      ingressOf.set(socket, ingress)
      arriving = ingress
      if (protocol === 'h2') http2.emit('connection', socket)
      else http1.emit('connection', socket)
      arriving = null
    },
    close() {
      closing = true
      for (const session of sessions) session.close()
      for (const socket of sockets) if ((busy.get(socket) ?? 0) === 0 && busy.has(socket)) socket.end()
    },
    destroyAll() {
      for (const session of sessions) session.destroy()
      for (const socket of sockets) socket.destroy()
    },
  }
}

function found(ingress: Ingress | undefined): Ingress {
  if (ingress) return ingress
  throw new Error('a request came in on a socket that was never served')
}
