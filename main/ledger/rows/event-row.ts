import type { CallRecord } from '../../../shared/calls/call.ts'
import type { CallEvent, CallFacts, Closing, LedgerEvent } from '../../../shared/calls/events.ts'
import { nanosOf } from '../../core/ledger/reports/rollup.ts'
import type { Facts } from './call-row.ts'

// What an event says that the call's row says too is not written twice. Where a row's `body` begins with a brace, it is
// the whole event as JSON, as older versions wrote it and as rare events are written still.

/** Quote, hold and what else the record of a closed call does not know any more. */
type Admitted = [
  inputTokens: number,
  inputNanos: number,
  expectedOutputTokens: number,
  worstOutputTokens: number,
  outputNanosPerMillion: number,
  holdNanos: number,
  holdTokens: number,
  contextTokens: number,
  factsId: number,
]

type ToppedUp = [holdNanos: number, holdTokens: number, outputTokensSeen: number]

/** `factsId`: of the call's record at this event. */
export function packEvent(event: LedgerEvent, factsId: number | null): string {
  switch (event.type) {
    case 'call.admitted': {
      if (factsId === null) break
      const { quote, holdNanos, holdTokens, call } = event
      const kept: Admitted = [
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

/** @param record the call as it stands, which is how a closed one was closed: a correction writes the old closing out first */
export function unpackEvent(
  type: LedgerEvent['type'],
  body: string,
  record: () => CallRecord,
  facts: (id: number) => Facts,
): LedgerEvent {
  if (body.startsWith('{')) return JSON.parse(body) as LedgerEvent
  const call = record()
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
      ] = JSON.parse(body) as Admitted
      return {
        type,
        callId: call.id,
        call: callFacts(call, facts(factsId), contextTokens),
        quote: { inputTokens, inputNanos, expectedOutputTokens, worstOutputTokens, outputNanosPerMillion },
        holdNanos,
        holdTokens,
        clampedTo: call.clampedTo,
        verdicts: call.verdicts,
      }
    }
    case 'call.topped-up': {
      const [holdNanos, holdTokens, outputTokensSeen] = JSON.parse(body) as ToppedUp
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

type Common = Omit<Facts, 'source'>

function callFacts(record: CallRecord, common: Common, contextTokens: number): CallFacts {
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
    attribution: common.attribution,
    conversation: record.conversation,
    attempt: record.attempt,
    step: record.step ?? null,
    contextTokens,
    contextWindow: common.contextWindow,
    priced: common.priced,
    priceVersion: common.priceVersion,
  }
}
