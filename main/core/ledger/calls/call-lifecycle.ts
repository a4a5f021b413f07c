import type { CallRecord, CallState } from '../../../../shared/calls/call.ts'
import type { CallEvent, CallFacts, Closing, Correction } from '../../../../shared/calls/events.ts'
import { exactUsd } from '../../../../shared/values/money.ts'
import { contextTokens } from '../../../../shared/calls/usage.ts'

/**
 * The life of a call, as its events tell it:
 *
 *   waiting, asked → open → settled | released | expired
 *          └──────────────→ refused | released
 *
 * A closed call may be repriced; that changes what it cost, never how it ended.
 *
 * An event that does not fit the state it meets is impossible and throws with the evidence: no history closes a call
 * twice.
 */
const ALLOWED: Record<CallEvent['type'], readonly (CallState | 'new')[]> = {
  'call.waiting': ['new', 'asked'],
  // Two rules may ask, one after the other.
  'call.asked': ['new', 'waiting', 'asked'],
  'call.answered': ['asked'],
  'call.admitted': ['new', 'waiting', 'asked'],
  'call.topped-up': ['open'],
  'call.refused': ['new', 'waiting', 'asked'],
  'call.settled': ['open'],
  'call.released': ['open', 'waiting', 'asked'],
  'call.expired': ['open'],
  'call.repriced': ['settled', 'expired'],
}

/** The record after an event. Null stands for a call that nobody has heard of. */
export function applyCallEvent(record: CallRecord | null, seq: number, atMs: number, event: CallEvent): CallRecord {
  const state = record?.state ?? 'new'
  if (!ALLOWED[event.type].includes(state)) throw new Error(`${event.type} of call ${event.callId} in state ${state}`)
  switch (event.type) {
    case 'call.waiting':
      return { ...begin(event.call), seq, state: 'waiting' }
    case 'call.asked':
      return { ...begin(event.call), seq, state: 'asked' }
    case 'call.answered':
      return { ...known(record), seq }
    case 'call.admitted':
      return {
        ...begin(event.call),
        seq,
        state: 'open',
        heldUsd: exactUsd(event.holdNanos),
        clampedTo: event.clampedTo,
        verdicts: event.verdicts,
      }
    case 'call.topped-up':
      return { ...known(record), seq, heldUsd: exactUsd(event.holdNanos) }
    case 'call.refused':
      return {
        ...begin(event.call),
        seq,
        state: 'refused',
        ...ended(event.call.startedAtMs, atMs),
        refusal: event.refusal,
        verdicts: event.verdicts,
      }
    case 'call.settled':
      return { ...close(known(record), event.closing, atMs), seq, state: 'settled' }
    case 'call.expired':
      return { ...close(known(record), event.closing, atMs), seq, state: 'expired' }
    case 'call.repriced':
      return { ...corrected(known(record), event.correction), seq }
    case 'call.released':
      return {
        ...known(record),
        seq,
        state: 'released',
        ...ended(Date.parse(known(record).startedAt), atMs),
        costUsd: exactUsd(0),
        httpStatus: event.httpStatus,
        ending: event.ending,
      }
  }
}

function known(record: CallRecord | null): CallRecord {
  if (!record) throw new Error('an event of a call that never began')
  return record
}

function begin(call: CallFacts): CallRecord {
  return {
    schema: 1,
    id: call.callId,
    seq: 0,
    state: 'open',
    startedAt: new Date(call.startedAtMs).toISOString(),
    endedAt: null,
    durationMs: null,
    firstByteMs: null,
    provider: call.provider,
    api: call.api,
    requestModel: call.requestModel,
    responseModel: null,
    responseId: null,
    serviceTier: null,
    toolUses: null,
    stream: call.stream,
    kind: call.kind,
    billing: call.billing,
    via: call.via ?? null,
    attribution: call.attribution,
    conversation: call.conversation,
    attempt: call.attempt,
    step: call.step ?? null,
    contextTokens: call.contextTokens,
    contextWindow: call.contextWindow,
    usage: null,
    costUsd: null,
    cacheMiss: null,
    heldUsd: exactUsd(0),
    clampedTo: null,
    priced: call.priced,
    priceVersion: call.priceVersion,
    httpStatus: null,
    ending: null,
    refusal: null,
    verdicts: [],
  }
}

function close(record: CallRecord, closing: Closing, atMs: number): CallRecord {
  const { usage, costNanos, refusal = null, ...rest } = closing
  return {
    ...record,
    ...rest,
    ...ended(Date.parse(record.startedAt), atMs),
    usage,
    costUsd: exactUsd(costNanos),
    contextTokens: contextTokens(usage),
    refusal,
  }
}

function corrected(record: CallRecord, { usage, costNanos, ...rest }: Correction): CallRecord {
  return { ...record, ...rest, usage, costUsd: exactUsd(costNanos), contextTokens: contextTokens(usage) }
}

function ended(startedAtMs: number, atMs: number): Pick<CallRecord, 'endedAt' | 'durationMs'> {
  return { endedAt: new Date(atMs).toISOString(), durationMs: Math.max(0, atMs - startedAtMs) }
}
