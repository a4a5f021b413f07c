import { connect, type Socket } from 'node:net'
import { homePaths } from '../../../platform/home/paths.ts'
import { readRuntimeFile } from '../../../platform/home/runtime-file.ts'
import { joinSockets } from '../../../proxy/intercept/tunnel/blind-tunnel.ts'
import { relayLine } from '../../../proxy/intercept/tunnel/relayed.ts'
import { staysOnMachine, targetOfUrl, type TunnelTarget } from '../../../proxy/intercept/tunnel/tunnel-target.ts'

/**
 * Where the gateway of a home listens, when that is not the stand-in's own port. A gateway that asks for no token is not
 * given connections of a stand-in that others can reach: they would look like this machine's.
 */
export function gatewayElsewhere(home: string, standIn: TunnelTarget): TunnelTarget | null {
  const runtime = readRuntimeFile(homePaths(home).runtime)
  if (runtime === null || (!staysOnMachine(standIn.host) && runtime.proxyToken === '')) return null
  const place = targetOfUrl(new URL(runtime.proxy))
  if (place.port === standIn.port) return null
  return ['0.0.0.0', '::'].includes(place.host) ? { ...place, host: '127.0.0.1' } : place
}

/** Whether the gateway of a home says that it is at this port, and its process lives. */
export function isGatewayOf(home: string, { port }: Pick<TunnelTarget, 'port'>): boolean {
  const runtime = readRuntimeFile(homePaths(home).runtime)
  return runtime !== null && targetOfUrl(new URL(runtime.proxy)).port === port
}

/** Gives a connection to a gateway, byte for byte, with word of whose it is. `onRefused`: nobody is there after all. */
export function handOn(client: Socket, place: TunnelTarget, onRefused: () => void): void {
  const gateway = connect({ ...place, allowHalfOpen: true })
  const ignore = () => {}
  client.on('error', ignore)
  gateway.once('error', refused)
  gateway.once('connect', () => {
    gateway.off('error', refused)
    client.off('error', ignore)
    if (client.destroyed) return void gateway.destroy()
    gateway.write(relayLine(client))
    void joinSockets(client, gateway)
  })
  function refused(): void {
    client.off('error', ignore)
    if (!client.destroyed) onRefused()
  }
}
