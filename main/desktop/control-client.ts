import type { GatewayAddress } from './gateway-state.ts'
import type { GatewayClient } from './gateway-watch.ts'

export function connectGateway(_gateway: GatewayAddress): GatewayClient {
  throw new Error('not built yet')
}
