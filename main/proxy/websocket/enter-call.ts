import type { IncomingMessage } from 'node:http'
import type { Refusal } from '../../../shared/calls/verdict.ts'
import type { JsonObject } from '../../core/metering/framing/lenient-json.ts'
import type { Dialect, ModelRequest } from '../../core/providers/types/provider.ts'
import { type HoldParts, holdCall } from '../admission/hold-call.ts'
import type { Ingress } from '../arrival/ingress.ts'
import { type RunParts, runCall } from '../passage/run-call.ts'
import type { RunningCall } from '../passage/running-call.ts'
import { type PrepareParts, prepareCall } from '../preparation/prepare-call.ts'
import type { Route } from '../arrival/route.ts'

/** The handshake that a socket began with: who is calling, and where to. */
export interface SocketOrigin {
  request: IncomingMessage
  ingress: Ingress
  route: Exclude<Route, { kind: 'unknown' }>
}

/** A call on its way: sent to the provider, or about to be. */
export interface Sent {
  /** Null where it goes on unmetered: the ledger cannot be written, or it was refused after it had begun. */
  call: RunningCall | null
  eventId: string | null
  cut: boolean
}

/** How a frame that starts a response fared. */
export type Entry =
  | { kind: 'sent'; sent: Sent; clampTo: number | null }
  | { kind: 'refused'; refusal: Refusal; callId: string }
  /** The client left meanwhile. */
  | { kind: 'gone' }

export interface FrameOfCall {
  callId: string
  dialect: Dialect
  request: ModelRequest
  frame: JsonObject
  text: string
  eventId: string | null
}

export type EnterParts = PrepareParts & HoldParts & RunParts

/** What the books say of the handshake; the frames have no status of their own. */
const SWITCHED = { status: 101, headers: {} }

/** Takes a frame that starts a response through preparation and admission, as the spine does with a request. */
export async function enterCall(
  parts: EnterParts,
  origin: SocketOrigin,
  asking: FrameOfCall,
  gone: AbortSignal,
): Promise<Entry> {
  const { request: upgrade, ingress, route } = origin
  const { callId, dialect, request, frame, text, eventId } = asking
  const exchange = { callId, startedAtMs: parts.clock(), ingress, request: upgrade }
  // Short frames repeat, and mean another thing after each response: they are distinguished by what they go on from.
  const body = Buffer.from(`${request.storedInput ?? ''}\n${text}`)
  const received = { kind: 'received' as const, request, body, json: frame, encoded: false }
  const prepared = await prepareCall(parts, exchange, { ...route, kind: 'call', dialect }, received)
  const held = await holdCall(parts, prepared, gone)
  if (held.kind === 'gone') return held
  if (held.kind === 'refused') return { ...held, callId }
  if (held.kind === 'unmetered') return { kind: 'sent', sent: { call: null, eventId, cut: false }, clampTo: null }
  if (gone.aborted) {
    parts.books.release(callId, 'the client left before the call was sent', null, 'client-left')
    return { kind: 'gone' }
  }
  const { clampTo } = held
  try {
    const call = runCall(parts, held, { head: SWITCHED, isClamped: clampTo !== null })
    return { kind: 'sent', sent: { call, eventId, cut: false }, clampTo }
  } catch (error) {
    releaseUnsent(parts, callId)
    throw error
  }
}

/** A call that was admitted, and that a fault of ours kept from being sent. */
export function releaseUnsent({ books }: Pick<EnterParts, 'books'>, callId: string): void {
  books.release(callId, 'the gateway failed before the call was sent', null, 'upstream-broke')
}
