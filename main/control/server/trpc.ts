import { initTRPC, TRPCError } from '@trpc/server'
import { AllowanceError, type ErrorCode } from '../../../shared/contract/errors.ts'
import type { GatewayView } from '../views/gateway-view.ts'

export interface ControlContext {
  view: GatewayView
  /** A link for a browser tab, with a code that opens it once. */
  pageUrl(): string
}

/** Proxies between a browser and us (containers, editors' port forwarding) drop what is silent for a minute. */
const PING_MS = 15_000

const trpc = initTRPC.context<ControlContext>().create({
  isDev: false,
  sse: { ping: { enabled: true, intervalMs: PING_MS }, client: { reconnectAfterInactivityMs: 3 * PING_MS } },
  /** What we know of an expected failure goes along, so that every client shows the same code and the same fix. */
  errorFormatter: ({ shape, error }) => {
    const known = error.cause instanceof AllowanceError ? error.cause : null
    return {
      ...shape,
      data: { ...shape.data, allowance: known && { code: known.code, message: known.message, fix: known.fix } },
    }
  },
})

export const router = trpc.router

const STATUS: Partial<Record<ErrorCode, TRPCError['code']>> = {
  usage: 'BAD_REQUEST',
  'not-found': 'NOT_FOUND',
  'not-allowed': 'FORBIDDEN',
  'own-rules-invalid': 'CONFLICT',
  'ledger-unavailable': 'SERVICE_UNAVAILABLE',
}

/** Every procedure: an expected failure keeps its code and gets the status that belongs to it. */
export const procedure = trpc.procedure.use(async ({ next }) => {
  const result = await next()
  if (!result.ok && result.error.cause instanceof AllowanceError) {
    const { cause } = result.error
    throw new TRPCError({ code: STATUS[cause.code] ?? 'INTERNAL_SERVER_ERROR', message: cause.message, cause })
  }
  return result
})
