import type { Server } from 'node:http'
import type { Socket } from 'node:net'
import type { Peer } from '../../../platform/process/found-process.ts'
import { sniff } from './first-bytes.ts'
import { takeRelayLine } from './relayed.ts'
import { isLoopback } from './tunnel-target.ts'

/**
 * Lets an HTTP/1.1 server's port take HTTP/2 with prior knowledge too: the AWS SDK starts to speak it on any `http://`
 * endpoint without asking. Every other connection goes the server's own way, a few microseconds later.
 *
 * @returns what lets go of connections on which nothing has been said yet; the server does not know of them
 * @param onRelayed hears whose a connection is that a stand-in of ours hands on, before anything else is done with it
 * @param onHttp2 takes the socket over, with the preface still in it (`InnerServer.serve(socket, ingress, 'h2')`)
 */
export function acceptHttp2(
  server: Server,
  onHttp2: (socket: Socket) => void,
  onRelayed: (socket: Socket, peer: Peer) => void = () => {},
): () => void {
  // The first listener is the one with which the server itself takes a connection; listeners of others stay.
  const [take] = server.listeners('connection') as ((socket: Socket) => void)[]
  if (take === undefined) throw new Error('an HTTP server without a listener for its own connections')
  const silent = new Set<Socket>()
  server.removeListener('connection', take)
  server.on('connection', (socket: Socket) => {
    const ignore = () => {}
    socket.on('error', ignore)
    silent.add(socket)
    const begin = (mayBeRelayed: boolean): void => {
      void sniff(socket).then((first) => {
        if (first?.spoken === 'relayed' && mayBeRelayed) {
          const peer = takeRelayLine(socket, first.bytes)
          if (peer) onRelayed(socket, peer)
          return begin(false)
        }
        silent.delete(socket)
        if (first === null) return void socket.destroy()
        socket.off('error', ignore)
        if (first.spoken === 'http2') onHttp2(socket)
        else take.call(server, socket)
      })
    }
    begin(isLoopback(socket.remoteAddress ?? ''))
  })
  return () => {
    for (const socket of silent) socket.destroy()
  }
}
