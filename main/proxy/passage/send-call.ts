import type { OutgoingHttpHeaders } from 'node:http'
import type { Ending } from '../../../shared/calls/call.ts'
import { ObservedResponse } from '../../core/metering/usage/observed-response.ts'
import { decompressorFor } from '../arrival/body/decompress.ts'
import { appendToBody, editBody } from './edit-body.ts'
import type { Exchange } from '../arrival/exchange.ts'
import { type Forwarder, type Upstream, UpstreamFailed } from './forward.ts'
import type { HeldCall, ReceivedCall, ResponseHead } from '../call/call-states.ts'
import { runCall, type RunParts } from './run-call.ts'
import { failCall, plainReply, reply } from '../arrival/refuse.ts'
import { relay } from './relay.ts'
import { ResponseMeter } from './response-meter.ts'
import { flatHeaders } from '../arrival/route.ts'

export interface SendParts extends RunParts {
  forwarder: Forwarder
  log(level: 'info' | 'warn' | 'error', message: string, fields?: Record<string, unknown>): void
}

/** A held call on its way: it can be sent, it can fail, and it is closed exactly once whatever happens. */
export interface SentCall {
  /** Sends the request and passes the answer on until it ends. */
  run(): Promise<void>
  /** The upstream failed, or we did: the client learns of it, the books are closed on the evidence. */
  fail(error: unknown): Promise<void>
  /** Makes sure that the books are closed; harmless when they are. */
  close(): Promise<void>
}

export function sendCall(parts: SendParts, exchange: Exchange, held: HeldCall, received: ReceivedCall): SentCall {
  const { prepared } = held
  let meter: ResponseMeter | null = null
  /** Its answer has begun: the provider charges for it, whatever happens here. */
  let answered: Upstream | null = null
  let closed = false

  const unmetered = async (ending: Ending, spent: boolean) => {
    if (closed || meter) return
    closed = true
    answered?.abort()
    await closeUnmetered(parts, held, ending, spent, answered && headOf(answered))
  }

  return {
    async run() {
      const { body, hidesUsage, isClamped } = outgoingBody(held, received)
      const upstream = await parts.forwarder.send(
        exchange.request,
        exchange.response,
        prepared.upstream,
        body,
        exchange.ingress.upstreams?.['proxy'] ?? null,
      )
      answered = upstream
      const head = headOf(upstream)
      meter = new ResponseMeter({
        running: runCall(parts, held, { head, isClamped }),
        head,
        hideUsage: hidesUsage,
        decompress: decompressorFor(upstream.response.headers['content-encoding']),
      })
      await relay(upstream, exchange.response, meter, noteHeaders(held), parts.books.traffic.killed)
    },
    async fail(error) {
      if (error instanceof UpstreamFailed) {
        const left = exchange.gone.aborted
        await unmetered(left ? 'client-left' : 'upstream-broke', error.sent)
        answerUpstreamFailure(exchange, error)
        return
      }
      failCall(parts.log, exchange, prepared, error)
    },
    async close() {
      if (meter) await meter.close('upstream-broke')
      else await unmetered('upstream-broke', answered !== null)
    },
  }
}

/**
 * Closes a held call of whose answer nothing was metered. `spent`: the request may have arrived, and what the provider
 * charged for it is unknown: it is settled on the quote and marked as estimated, until a reconciliation says better.
 */
async function closeUnmetered(
  parts: SendParts,
  { prepared }: HeldCall,
  ending: Ending,
  spent: boolean,
  head: ResponseHead | null,
): Promise<void> {
  const { call } = prepared
  if (!spent) {
    parts.books.release(call.callId, 'the upstream could not be reached', null, ending)
    return parts.books.ledger.committed()
  }
  await parts.settleCall({
    prepared,
    head,
    ending,
    cutBy: null,
    reading: new ObservedResponse(() => ({ usage: null })).reading,
    // An answer that began, and that nobody here looked at.
    isUnreadable: head !== null,
    pace: { stepTokens: 0, tokensPerSecond: 0 },
    firstByteAtMs: null,
    heldOutputTokens: null,
  })
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
  { prepared: { dialect, request }, clampTo, notice }: HeldCall,
  { body, json, encoded }: ReceivedCall,
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

function noteHeaders({ prepared, clampTo, verdicts }: HeldCall): OutgoingHttpHeaders {
  const warning = verdicts.find((verdict) => verdict.verdict === 'warn')
  return {
    'x-allowance-call-id': prepared.call.callId,
    ...(clampTo === null ? {} : { 'x-allowance-clamped': String(clampTo) }),
    // Header values are ASCII: a project's name in the sentence may not be.
    ...(warning
      ? { 'x-allowance-warning': `${warning.rule ?? warning.guard}: ${warning.reason}`.replace(/[^\x20-\x7e]/g, '?') }
      : {}),
  }
}
