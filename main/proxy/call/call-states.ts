import type { CallFacts } from '../../../shared/calls/events.ts'
import type { Ending } from '../../../shared/calls/call.ts'
import type { Refusal } from '../../../shared/calls/verdict.ts'
import type { Identified } from '../../core/conversations/conversations.ts'
import type { InputEstimate } from '../../core/metering/tokens/estimate.ts'
import type { Quote } from '../../core/metering/quote/quote.ts'
import type { Pace } from '../../core/metering/quote/stream-pace.ts'
import type { Reading } from '../../core/metering/usage/usage-reader.ts'
import type { Workload } from '../../core/policy/decision/facts.ts'
import type { PriceQuestion } from '../../core/pricing/rates/rate-card.ts'
import type { Dialect, ModelRequest, Provider, RequestHead } from '../../core/providers/types/provider.ts'
import type { Admission } from '../../ledger/books/admit.ts'

// The life of one call in the proxy:
//
//   received → prepared → held → running → ended → settled | released
//
// A call may also be refused, or its client may leave, before it is held. `RunningCall` (passage) is the one state with
// behaviour; what the ledger keeps of each is in core/ledger/calls/call-lifecycle.ts.

/** A request that was read: its bytes as they came, and what they mean. */
export interface ReceivedCall {
  kind: 'received'
  request: ModelRequest
  body: Buffer
  /** Parsed; null where there is no JSON (multipart). */
  json: unknown
  /** The bytes are compressed, so no edit can be made in them. */
  encoded: boolean
}

/** A call with everything that was gathered about it before anybody decides. */
export interface PreparedCall {
  call: CallFacts
  request: ModelRequest
  provider: Provider
  dialect: Dialect
  head: RequestHead
  upstream: URL
  quote: Quote
  /** The quote as it would be made now: while a call waits, others teach what answers come to. */
  requote(): Quote
  identified: Identified
  /** Our own count, before any learned ratio: what the answer's report is compared with. */
  estimate: InputEstimate
  /** The model's visible output tokens ÷ our rough count of them, as learned. */
  outputRatio: number
  /** For pricing the answer: everything but the model and size that the answer itself tells. */
  priceQuestion: Omit<PriceQuestion, 'inputTokens'>
  /** What guards want to know of the work that it belongs to. */
  workload: Workload
  /** A notice can be put behind its last user turn. */
  takesNotice: boolean
}

/** A call whose worst case is held against every budget: it may be sent. */
export interface HeldCall extends Omit<Extract<Admission, { kind: 'admitted' }>, 'kind'> {
  kind: 'held'
  prepared: PreparedCall
}

/** What the response's head says, in lower case. */
export interface ResponseHead {
  status: number
  headers: Readonly<Record<string, string | undefined>>
}

/** A call that is over, with the evidence on which it is settled or released. */
export interface EndedCall {
  prepared: PreparedCall
  /** Null when the upstream never answered. */
  head: ResponseHead | null
  ending: Ending
  /** What the stream was told that we ended. */
  cutBy: Refusal | null
  reading: Reading
  /** The answer was compressed in a way that could not be undone: nothing of it was seen. */
  isUnreadable: boolean
  pace: Pace
  firstByteAtMs: number | null
  /** The most output that the provider was allowed to make, where we clamped it; null otherwise. */
  heldOutputTokens: number | null
}

/** Closes the books on a call that has ended. */
export type SettleCall = (ended: EndedCall) => Promise<void>
