import type { RequestHead } from '../types/provider.ts'
import { REALTIME_SOCKET } from './realtime-socket.ts'
import { RESPONSES_SOCKET } from './responses-socket.ts'
import type { SocketDialect } from './socket-dialect.ts'

/** Every API that is understood on a WebSocket. Adding one is its file and a line here. */
const SOCKET_DIALECTS: readonly SocketDialect[] = [RESPONSES_SOCKET, REALTIME_SOCKET]

export function socketDialectFor(head: RequestHead): SocketDialect | null {
  return SOCKET_DIALECTS.find((dialect) => dialect.matches(head)) ?? null
}
