import type { Socket } from 'node:net'
import type { Peer } from '../../../platform/process/found-process.ts'

/**
 * A stand-in that hands a connection on says first whose it is, as load balancers do (the PROXY protocol, version 1):
 *
 *   PROXY TCP4 127.0.0.1 127.0.0.1 51234 4141
 *
 * the client's end and the stand-in's. Without it every client of a stand-in would look like the run that holds the stand-in.
 */
export function relayLine({ remoteAddress = '', remotePort, localAddress = '', localPort }: Peer): Buffer {
  const family = remoteAddress.includes(':') ? 'TCP6' : 'TCP4'
  return Buffer.from(`PROXY ${family} ${remoteAddress} ${localAddress} ${remotePort} ${localPort}\r\n`, 'latin1')
}

/** The specification's own limit, with its end of line. */
export const MAX_RELAY_LINE_BYTES = 107

/** Reads that line out of a socket that has it whole. @returns null when it says nothing that can be used */
export function takeRelayLine(socket: Socket, bytes: Buffer): Peer | null {
  const end = bytes.indexOf('\r\n') + 2
  const line = (socket.read(end) as Buffer | null)?.toString('latin1') ?? ''
  const match = /^PROXY TCP[46] ([0-9a-f:.]+) ([0-9a-f:.]+) (\d{1,5}) (\d{1,5})\r\n$/i.exec(line)
  if (!match) return null
  const [, remoteAddress, localAddress, remotePort, localPort] = match
  return { remoteAddress, remotePort: Number(remotePort), localAddress, localPort: Number(localPort) }
}
