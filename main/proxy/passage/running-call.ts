import type { Ending } from '../../../shared/calls/call.ts'
import type { Refusal } from '../../../shared/calls/verdict.ts'
import type { Frame, FramingKind } from '../../core/metering/framing/frame.ts'
import { marginOf, PaceMeter } from '../../core/metering/quote/stream-pace.ts'
import type { Reading, UsageReader } from '../../core/metering/usage/usage-reader.ts'
import type { Hold } from '../../core/policy/decision/size-hold.ts'
import { TUNING } from '../../core/policy/decision/tuning.ts'
import type { RefusalContext, StreamedSoFar } from '../../core/providers/types/provider.ts'
import type { PreparedCall, ResponseHead, SettleCall } from '../call/call-states.ts'

/** How much more a stream asks for than it needs at once, so that it does not ask for every token. */
const TOP_UP_STEP_TOKENS = 256

export interface RunningCallOptions {
  prepared: PreparedCall
  hold: Hold
  /** The provider itself stops at the hold: the request's maximum was set to it. */
  isClamped: boolean
  head: ResponseHead
  clock(): number
  /** Grows the hold: at least `needed`, `wanted` where there is room; null when nothing is left. */
  topUp(hold: Hold, neededTokens: number, wantedTokens: number, seenTokens: number): Hold | null
  /** The kill switch is on: a stream ends at its next event. */
  isStopped(): boolean
  /** The refusal that ends the stream. */
  cutRefusal(): Refusal
  settleCall: SettleCall
  /** A part of the answer could not be read, through a fault of ours. Told once. */
  meterFailed(error: unknown): void
}

/**
 * One admitted call while its answer arrives, however it is carried: usage read from its events, the hold led ahead of
 * what has been seen, and the books closed exactly once.
 */
export class RunningCall {
  readonly #options: RunningCallOptions
  readonly #reader: UsageReader
  readonly #pace = new PaceMeter()
  #hold: Hold
  #events = 0
  #isUnreadable = false
  #cutBy: Refusal | null = null
  #firstByteAtMs: number | null = null
  #closed: Promise<void> | null = null

  constructor(options: RunningCallOptions) {
    const { prepared, hold } = options
    this.#options = options
    this.#hold = hold
    this.#reader = prepared.dialect.createReader(prepared.request)
  }

  get prepared(): PreparedCall {
    return this.#options.prepared
  }

  get reading(): Reading {
    return this.#reader.reading()
  }

  /** Something of the answer is here. */
  arrived(): void {
    this.#firstByteAtMs ??= this.#options.clock()
  }

  /** An answer came in a form that nobody here can read. */
  unreadable(): void {
    this.#isUnreadable = true
  }

  /** Reads on after a fault of ours: what is metered never breaks what passes, and later parts may hold the usage. */
  take(frame: Pick<Frame, 'type' | 'name' | 'value'>): void {
    const { head, meterFailed } = this.#options
    if (frame.type === 'event') this.#events += 1
    try {
      if (frame.type === 'body') this.#reader.body(frame.value, head.headers, head.status)
      else this.#reader.event(frame.name, frame.value)
    } catch (error) {
      if (!this.#isUnreadable) meterFailed(error)
      this.#isUnreadable = true
    }
  }

  /** Whether an event is there only because we asked for usage. */
  isOurs(value: unknown): boolean {
    return this.#reader.isOurs?.(value) ?? false
  }

  /** Leads the hold ahead of what has been seen; true when it needs more than there is. */
  outgrown(): boolean {
    const { prepared, topUp, clock, isStopped } = this.#options
    const { quote } = prepared
    if (isStopped() && !this.#reader.reading().done) return true
    if (quote.output !== 'visible') return false
    const reading = this.#reader.reading()
    const seen = this.#seenTokens()
    const pace = this.#pace.observe(seen, clock())
    if (reading.done) return false
    const margin = this.#options.isClamped ? TUNING.CLAMPED_MARGIN_TOKENS : Math.max(quote.marginTokens, marginOf(pace))
    // The provider itself stops at the request's own maximum; past it, the maximum no longer holds.
    const most =
      quote.hasOwnMaximum && seen <= quote.worstOutputTokens ? quote.worstOutputTokens : Number.POSITIVE_INFINITY
    const needed = Math.min(most, seen + margin)
    if (needed <= this.#hold.outputTokens) return false
    const wanted = Math.min(most, Math.max(needed + TOP_UP_STEP_TOKENS, Math.ceil(seen * 1.5) + margin))
    const grown = topUp(this.#hold, needed, wanted, seen)
    if (grown) this.#hold = grown
    return grown === null
  }

  #seenTokens(): number {
    const { usage, roughOutputTokens } = this.#reader.reading()
    return Math.max(usage?.output ?? 0, Math.ceil(roughOutputTokens * this.#options.prepared.outputRatio))
  }

  /** The provider was told to stop about here, so the end of what it makes, and its report, cannot be far. */
  get endsByItself(): boolean {
    const { isClamped, isStopped } = this.#options
    return isClamped && !isStopped() && !this.#reader.reading().done && this.#seenTokens() <= this.#hold.outputTokens
  }

  /** What a dialect needs to end this answer in its own terms. */
  cutFacts(framing: FramingKind): { context: RefusalContext; streamed: StreamedSoFar } {
    const { prepared, cutRefusal } = this.#options
    this.#cutBy = cutRefusal()
    const { responseModel, responseId } = this.#reader.reading()
    const { call, request, head } = prepared
    return {
      context: {
        refusal: this.#cutBy,
        callId: call.callId,
        model: responseModel ?? request.model,
        headers: head.headers,
      },
      streamed: { responseId, model: responseModel, events: this.#events, framing },
    }
  }

  /** Closes the books once; later callers get the same closing. */
  close(ending: Ending): Promise<void> {
    const { prepared, head, settleCall, isClamped } = this.#options
    this.#closed ??= settleCall({
      prepared,
      head,
      ending,
      cutBy: ending === 'cut' ? this.#cutBy : null,
      reading: this.#reader.reading(),
      isUnreadable: this.#isUnreadable,
      pace: this.#pace.pace,
      heldOutputTokens: isClamped ? this.#hold.outputTokens : null,
      firstByteAtMs: this.#firstByteAtMs,
    })
    return this.#closed
  }
}
