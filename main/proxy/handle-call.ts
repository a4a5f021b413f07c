import { openCall } from './passage/open-call.ts'
import type { Exchange } from './arrival/exchange.ts'
import { gainAdmission } from './admission/gain-admission.ts'
import { passThrough } from './passage/pass-through.ts'
import { prepareCall } from './preparation/prepare-call.ts'
import { plainReply, refuseCall, reply } from './arrival/refuse.ts'
import { relay } from './passage/relay.ts'
import { readRequest } from './arrival/read-request.ts'
import { routeOf } from './arrival/route.ts'
import type { SpineParts } from './spine-parts.ts'
import { ROUTES_HELP } from './arrival/routes-help.ts'

/**
 * The spine: one call from its arrival to its closing. Each line is a step with a file of its own; this function only
 * says in which order they come, and that what is taken is given back.
 */
export async function handleCall(parts: SpineParts, exchange: Exchange): Promise<void> {
  const route = routeOf(exchange, parts)
  if (route.kind === 'unknown') return reply(exchange, plainReply(404, 'not-found', `${route.message}. ${ROUTES_HELP}`))
  if (route.kind === 'other') return passThrough(parts, exchange, route)

  const asked = await readRequest(parts, exchange, route)
  if (asked.kind === 'refused') return refuseCall(exchange, route.dialect, route.head, null, asked.refusal)
  if (!asked.request.billable) return passThrough(parts, exchange, { ...route, ...asked })

  const prepared = await prepareCall(parts, exchange, route, asked)
  const gained = await gainAdmission(parts, prepared, exchange.gone)
  if (gained.kind === 'gone') return
  if (gained.kind === 'unmetered') return passThrough(parts, exchange, { ...route, ...asked })
  if (gained.kind === 'refused')
    return refuseCall(exchange, route.dialect, route.head, asked.request.model, gained.refusal)

  const opened = openCall(parts, exchange, prepared, gained, asked)
  try {
    const { upstream, tap, headers } = await opened.send()
    await relay(upstream, exchange.response, tap, headers, parts.books.traffic.killed)
  } catch (error) {
    await opened.fail(error)
  } finally {
    await opened.close()
  }
}
