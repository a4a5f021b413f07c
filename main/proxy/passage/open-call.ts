import type { OutgoingHttpHeaders } from 'node:http'
import type { Ending } from '../../../shared/calls/call.ts'
import { decompressorFor } from '../arrival/decompress.ts'
import { appendToBody, editBody } from './edit-body.ts'
import type { Exchange } from '../arrival/exchange.ts'
import { type Upstream, UpstreamFailed } from './forward.ts'
import { type Admitted, closeUnanswered, meteringOf } from './meter-call.ts'
import type { ResponseHead } from './metered-call.ts'
import type { PreparedCall } from '../preparation/prepare-call.ts'
import type { AskedCall } from '../arrival/read-request.ts'
import { plainReply, reply } from '../arrival/refuse.ts'
import { RunningCall } from './running-call.ts'
import { flatHeaders } from '../arrival/route.ts'
import type { SpineParts } from '../spine-parts.ts'

/** An admitted call: it can be sent, it can fail, and it is closed exactly once whatever happens. */
export interface OpenedCall {
  send(): Promise<{ upstream: Upstream; tap: RunningCall; headers: OutgoingHttpHeaders }>
  /** The upstream failed, or we did: the client learns of it, the books are closed on the evidence. */
  fail(error: unknown): Promise<void>
  /** Makes sure that the books are closed; harmless when they are. */
  close(): Promise<void>
}

export function openCall(
  parts: SpineParts,
  exchange: Exchange,
  prepared: PreparedCall,
  gained: Admitted,
  asked: AskedCall,
): OpenedCall {
  const { call } = prepared
  let running: RunningCall | null = null
  let closed = false

  const unanswered = async (ending: Ending, spent: boolean) => {
    if (closed || running) return
    closed = true
    await closeUnanswered(parts, prepared, ending, spent)
  }

  return {
    async send() {
      const { body, hidesUsage, isClamped } = outgoingBody(prepared, gained, asked)
      const upstream = await parts.forwarder.send(
        exchange.request,
        exchange.response,
        prepared.upstream,
        body,
        exchange.ingress.upstreams?.['proxy'] ?? null,
      )
      running = new RunningCall({
        ...meteringOf(parts, prepared, gained, { head: headOf(upstream), isClamped }),
        hideUsage: hidesUsage,
        decompress: decompressorFor(upstream.response.headers['content-encoding']),
      })
      return { upstream, tap: running, headers: noteHeaders(exchange.callId, gained) }
    },
    async fail(error) {
      if (error instanceof UpstreamFailed) {
        const left = exchange.gone.aborted
        await unanswered(left ? 'client-left' : 'upstream-broke', left && error.sent)
        answerUpstreamFailure(exchange, error)
        return
      }
      parts.log('error', 'a call failed inside the gateway', { callId: call.callId, error: String(error) })
      exchange.response.destroy()
    },
    async close() {
      if (running) await running.close('upstream-broke')
      else await unanswered('upstream-broke', false)
    },
  }
}

/** A client of an upstream that cannot be reached gets a clear 502; one whose upstream broke off gets a broken connection too. */
export function answerUpstreamFailure(exchange: Exchange, error: UpstreamFailed): void {
  if (error.sent || exchange.gone.aborted) exchange.response.destroy()
  else
    reply(
      exchange,
      plainReply(502, 'upstream-unreachable', `Allowance: ${error.message}. The call was not sent and costs nothing.`),
    )
}

/** The declared edits (usage, clamp, and the notice where a policy wants it); everything else stays byte for byte as it came. */
function outgoingBody(
  { dialect, request }: PreparedCall,
  { clampTo, notice }: Admitted,
  { body, json, encoded }: AskedCall,
): { body: Buffer; hidesUsage: boolean; isClamped: boolean } {
  if (encoded || json === null) return { body, hidesUsage: false, isClamped: false }
  const askForUsage = request.stream ? (dialect.askForUsage?.(request, json) ?? null) : null
  const clamp = clampTo === null ? null : (dialect.clamp?.(request, json, clampTo) ?? null)
  const edited = [askForUsage, clamp].reduce((bytes, edit) => (edit ? editBody(bytes, edit) : bytes), body)
  const append = notice === null ? null : (dialect.addNotice?.(json, notice) ?? null)
  return {
    body: append ? appendToBody(edited, append) : edited,
    hidesUsage: askForUsage !== null,
    isClamped: clamp !== null,
  }
}

function headOf({ response }: Upstream): ResponseHead {
  return { status: response.statusCode ?? 502, headers: flatHeaders(response.headers) }
}

function noteHeaders(callId: string, { clampTo, verdicts }: Admitted): OutgoingHttpHeaders {
  const warning = verdicts.find((verdict) => verdict.verdict === 'warn')
  return {
    'x-allowance-call-id': callId,
    ...(clampTo === null ? {} : { 'x-allowance-clamped': String(clampTo) }),
    // Header values are ASCII: a project's name in the sentence may not be.
    ...(warning
      ? { 'x-allowance-warning': `${warning.rule ?? warning.guard}: ${warning.reason}`.replace(/[^\x20-\x7e]/g, '?') }
      : {}),
  }
}
