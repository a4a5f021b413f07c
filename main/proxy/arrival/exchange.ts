import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Ingress } from './ingress.ts'

/** One request and its response while they are open. */
export interface Exchange {
  callId: string
  startedAtMs: number
  request: IncomingMessage
  response: ServerResponse
  ingress: Ingress
  /** Aborts when the client leaves before its answer is complete. */
  gone: AbortSignal
}
