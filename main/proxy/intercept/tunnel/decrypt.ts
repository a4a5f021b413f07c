import type { Socket } from 'node:net'
import { TLSSocket, type SecureContext } from 'node:tls'

/** A client that neither goes on nor leaves. */
const HANDSHAKE_TIMEOUT_MS = 30_000

export type AcceptedTls =
  | { outcome: 'secure'; tls: TLSSocket; protocol: 'http/1.1' | 'h2' }
  /** The client said that it does not trust our certificate. */
  | { outcome: 'refused' }
  /** The client went away in the middle without a word: Node's way to refuse a certificate, or a change of mind. */
  | { outcome: 'left' }
  /** The two could not agree on a protocol, or did not speak TLS after all. */
  | { outcome: 'failed' }

/**
 * Plays the server's part of a TLS handshake on a socket whose ClientHello has been put back into it.
 *
 * @param offered the protocols of the client's ALPN. HTTP/1.1 is taken whenever it is among them; HTTP/2 only from a
 *   client that speaks nothing else (gRPC), because every other one does what we need over HTTP/1.1.
 */
export function acceptTls(
  socket: Socket,
  secureContext: SecureContext,
  offered: readonly string[],
): Promise<AcceptedTls> {
  const onlyHttp2 = offered.includes('h2') && !offered.includes('http/1.1')
  const protocol = onlyHttp2 ? 'h2' : 'http/1.1'
  // A tunnel's socket may be half open; TLS on it must not be, or a client that leaves is never noticed.
  socket.allowHalfOpen = false
  const tls = new TLSSocket(socket, { isServer: true, secureContext, ALPNProtocols: [protocol] })
  return new Promise((resolve) => {
    const timer = setTimeout(() => {
      settle({ outcome: 'failed' })
      tls.destroy()
    }, HANDSHAKE_TIMEOUT_MS)
    const settle = (accepted: AcceptedTls) => {
      clearTimeout(timer)
      resolve(accepted)
    }
    tls.once('secure', () => {
      // node:tls clears this mark only on sockets that its own servers accepted; node:http2 waits as long as it is set.
      Object.assign(tls, { secureConnecting: false })
      settle({ outcome: 'secure', tls, protocol })
    })
    tls.on('error', (error: NodeJS.ErrnoException) => {
      settle({ outcome: outcomeOf(error.code ?? '') })
      tls.destroy()
    })
    tls.once('close', () => settle({ outcome: 'left' }))
  })
}

/** Alerts for a certificate that is not taken: OpenSSL and Go send unknown_ca, Java certificate_unknown, rustls either. */
function outcomeOf(code: string): 'refused' | 'left' | 'failed' {
  if (/ALERT_(UNKNOWN_CA|BAD_CERTIFICATE|UNSUPPORTED_CERTIFICATE|CERTIFICATE_\w+|ACCESS_DENIED)$/.test(code))
    return 'refused'
  return ['ECONNRESET', 'EPIPE'].includes(code) ? 'left' : 'failed'
}
