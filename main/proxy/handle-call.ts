import { type HoldParts, holdCall } from './admission/hold-call.ts'
import type { Exchange } from './arrival/exchange.ts'
import { type ReceiveParts, receiveCall } from './arrival/receive-call.ts'
import { failCall, plainReply, refuseCall, reply } from './arrival/refuse.ts'
import { type CallRoute, type RouteParts, ROUTES_HELP, routeOf } from './arrival/route.ts'
import { type PassParts, passThrough } from './passage/pass-through.ts'
import { type SendParts, sendCall } from './passage/send-call.ts'
import { type PrepareParts, prepareCall } from './preparation/prepare-call.ts'

export type SpineParts = RouteParts & ReceiveParts & PrepareParts & HoldParts & SendParts & PassParts

/**
 * The spine: one call from its arrival to its closing. Each line is a step with its own file; this function only
 * says in which order they come, and that what is held is given back.
 */
export async function handleCall(parts: SpineParts, exchange: Exchange): Promise<void> {
  const route = routeOf(exchange, parts)
  if (route.kind === 'unknown') return reply(exchange, plainReply(404, 'not-found', `${route.message}. ${ROUTES_HELP}`))
  if (route.kind === 'other') return passThrough(parts, exchange, route)
  try {
    await handleModelCall(parts, exchange, route)
  } catch (error) {
    failCall(parts.log, exchange, route, error)
  }
}

async function handleModelCall(parts: SpineParts, exchange: Exchange, route: CallRoute): Promise<void> {
  const received = await receiveCall(parts, exchange, route)
  if (received.kind === 'refused') return refuseCall(exchange, route.dialect, route.head, null, received.refusal)
  if (!received.request.billable) return passThrough(parts, exchange, { ...route, ...received })

  const prepared = await prepareCall(parts, exchange, route, received)
  const held = await holdCall(parts, prepared, exchange.gone)
  if (held.kind === 'gone') return
  if (held.kind === 'unmetered') return passThrough(parts, exchange, { ...route, ...received })
  if (held.kind === 'refused')
    return refuseCall(exchange, route.dialect, route.head, received.request.model, held.refusal)

  const sent = sendCall(parts, exchange, held, received)
  try {
    await sent.run()
  } catch (error) {
    await sent.fail(error)
  } finally {
    await sent.close()
  }
}
