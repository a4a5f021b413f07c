import type { Socket } from 'node:net'

export interface TunnelBytes {
  up: number
  down: number
}

/**
 * Joins two sockets, byte for byte: each side's end is passed on while the other direction runs on, the slower side
 * sets the pace, and what breaks on one side breaks on the other.
 */
export function joinSockets(client: Socket, upstream: Socket): Promise<TunnelBytes> {
  const start = { up: client.bytesRead - client.readableLength, down: upstream.bytesRead - upstream.readableLength }
  client.setNoDelay(true)
  upstream.setNoDelay(true)
  return new Promise((resolve) => {
    let open = 2
    const closed = () => {
      if (--open === 0) resolve({ up: client.bytesRead - start.up, down: upstream.bytesRead - start.down })
    }
    for (const [one, other] of [
      [client, upstream],
      [upstream, client],
    ] as const) {
      one.pipe(other)
      one.on('error', () => breakOff(other))
      one.once('close', (hadError: boolean) => {
        // Pipes end their target at an end only; a socket that is gone without one would leave the other side waiting.
        if (hadError) breakOff(other)
        else if (!one.readableEnded) other.destroy()
        closed()
      })
    }
  })
}

/** A reset, so that the other side sees a failure and not a regular end. */
export function breakOff(socket: Socket): void {
  if (socket.destroyed) return
  // Only a plain TCP socket can be reset; one with TLS on it throws.
  if ('encrypted' in socket) socket.destroy()
  else socket.resetAndDestroy()
}
