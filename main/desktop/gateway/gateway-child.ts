import { utilityProcess } from 'electron'
import type { GatewayChild } from './gateway-host.ts'

/**
 * Starts the gateway as its own process, so that a crash here, or of the window, never touches the developer's
 * traffic. `modulePath`: the built gateway. `env` is complete.
 */
export function forkGateway(modulePath: string, env: Record<string, string>): GatewayChild {
  const child = utilityProcess.fork(modulePath, [], { env, serviceName: 'Allowance gateway', stdio: 'inherit' })
  return {
    onMessage: (listener) => child.on('message', listener),
    onExit: (listener) => child.on('exit', listener),
    send: (message) => child.postMessage(message),
    kill: () => child.kill(),
  }
}
