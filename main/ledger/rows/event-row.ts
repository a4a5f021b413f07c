import type { CallRecord } from '../../../shared/calls/call.ts'
import type { CallEvent, CallFacts, Closing, LedgerEvent } from '../../../shared/calls/events.ts'
import { nanosOf } from '../../core/ledger/reports/rollup.ts'
import type { Facts } from './call-row.ts'

// What an event says that the call's row says too is not written twice: how a call was admitted and how it closed has no
// row of its own (its body reads as null). Where a row's `body` begins with a brace, it is the whole event as JSON.

/** Columns of a call's row that tell how it was admitted, where that was its first event. */
export const QUOTE_COLUMNS = [
  'quoted_input',
  'quoted_input_nanos',
  'quoted_output',
  'quoted_worst_output',
  'quoted_output_rate',
  'quoted_hold_nanos',
  'quoted_hold_tokens',
  'quoted_context',
] as const

type AdmittedEvent = Extract<CallEvent, { type: 'call.admitted' }>

/**
 * The values of `QUOTE_COLUMNS`. A hold that has not grown stands in the row already, and a context is as quoted.
 *
 * @param record the call as it is written first
 */
export function packQuote(
  { quote, holdNanos, holdTokens, call }: AdmittedEvent,
  record: CallRecord,
): (number | null)[] {
  return [
    quote.inputTokens,
    quote.inputNanos,
    quote.expectedOutputTokens,
    quote.worstOutputTokens,
    quote.outputNanosPerMillion,
    holdNanos === nanosOf(record.heldUsd) ? null : holdNanos,
    holdTokens,
    call.contextTokens === quote.inputTokens ? null : call.contextTokens,
  ]
}

/** How a call was admitted, as its row tells it. */
export type Quoted = [
  inputTokens: number,
  inputNanos: number,
  expectedOutputTokens: number,
  worstOutputTokens: number,
  outputNanosPerMillion: number,
  holdNanos: number,
  holdTokens: number,
  contextTokens: number,
  /** Null where it was admitted at the price that it was closed at. */
  factsId: number | null,
]

type ToppedUp = [holdNanos: number, holdTokens: number, outputTokensSeen: number]

/** @param factsId of the call's record at this event */
export function packEvent(event: LedgerEvent, factsId: number | null): string {
  switch (event.type) {
    case 'call.admitted': {
      if (factsId === null) break
      const { quote, holdNanos, holdTokens, call } = event
      const kept: Quoted = [
        quote.inputTokens,
        quote.inputNanos,
        quote.expectedOutputTokens,
        quote.worstOutputTokens,
        quote.outputNanosPerMillion,
        holdNanos,
        holdTokens,
        call.contextTokens,
        factsId,
      ]
      return JSON.stringify(kept)
    }
    case 'call.topped-up': {
      const kept: ToppedUp = [event.holdNanos, event.holdTokens, event.outputTokensSeen]
      return JSON.stringify(kept)
    }
    case 'call.settled':
    case 'call.expired':
    case 'call.refused':
      return ''
    default:
  }
  return JSON.stringify(event)
}

/** What an event is read with: its call, as it stands and as it was quoted. */
interface CallReader {
  /** Of a closed call, how it was closed: a correction writes the old closing out first. */
  record(): CallRecord
  quoted(): Quoted
  facts(id: number): Facts
}

/** @param body null where the call's row tells the event */
export function unpackEvent(type: LedgerEvent['type'], body: string | null, reader: CallReader): LedgerEvent {
  if (body?.startsWith('{')) return JSON.parse(body) as LedgerEvent
  const call = reader.record()
  switch (type) {
    case 'call.admitted': {
      const [
        inputTokens,
        inputNanos,
        expectedOutputTokens,
        worstOutputTokens,
        outputNanosPerMillion,
        holdNanos,
        holdTokens,
        contextTokens,
        factsId,
      ] = body === null ? reader.quoted() : (JSON.parse(body) as Quoted)
      return {
        type,
        callId: call.id,
        call: callFacts(call, factsId === null ? call : reader.facts(factsId), contextTokens),
        quote: { inputTokens, inputNanos, expectedOutputTokens, worstOutputTokens, outputNanosPerMillion },
        holdNanos,
        holdTokens,
        clampedTo: call.clampedTo,
        verdicts: call.verdicts,
      }
    }
    case 'call.topped-up': {
      const [holdNanos, holdTokens, outputTokensSeen] = JSON.parse(body ?? '') as ToppedUp
      return { type, callId: call.id, holdNanos, holdTokens, outputTokensSeen }
    }
    case 'call.refused': {
      const { refusal } = call
      if (refusal === null) break
      return {
        type,
        callId: call.id,
        call: callFacts(call, call, call.contextTokens ?? 0),
        refusal,
        verdicts: call.verdicts,
      }
    }
    case 'call.settled':
    case 'call.expired':
      return closingEvent(type, call)
    default:
  }
  throw new Error(`an event of the type ${type} without its body`)
}

/** The closing of a closed call, as its record tells it. */
export function closingEvent(
  type: 'call.settled' | 'call.expired',
  record: CallRecord,
): Extract<CallEvent, { closing: Closing }> {
  const { usage, ending } = record
  if (usage === null || ending === null) throw new Error(`call ${record.id} is not closed`)
  return {
    type,
    callId: record.id,
    closing: {
      usage,
      costNanos: nanosOf(record.costUsd),
      priced: record.priced,
      priceVersion: record.priceVersion,
      responseModel: record.responseModel,
      responseId: record.responseId,
      serviceTier: record.serviceTier ?? null,
      toolUses: record.toolUses ?? {},
      cacheMiss: record.cacheMiss ?? null,
      httpStatus: record.httpStatus,
      ending,
      ...(record.refusal ? { refusal: record.refusal } : {}),
      firstByteMs: record.firstByteMs,
    },
  }
}

function callFacts(
  record: CallRecord,
  common: Omit<Facts, 'source' | 'attribution'>,
  contextTokens: number,
): CallFacts {
  return {
    callId: record.id,
    startedAtMs: Date.parse(record.startedAt),
    provider: common.provider,
    api: common.api,
    requestModel: common.requestModel,
    stream: common.stream,
    kind: common.kind,
    billing: common.billing,
    via: common.via ?? null,
    attribution: record.attribution,
    conversation: record.conversation,
    attempt: record.attempt,
    step: record.step ?? null,
    contextTokens,
    contextWindow: common.contextWindow,
    priced: common.priced,
    priceVersion: common.priceVersion,
  }
}
