import type { Ending } from '../../shared/call.ts'
import type { Refusal } from '../../shared/verdict.ts'
import type { Framing } from '../core/metering/framing/frame.ts'
import { createFraming } from '../core/metering/framing.ts'
import { marginOf, PaceMeter } from '../core/metering/stream-pace.ts'
import type { UsageReader } from '../core/metering/usage-reader.ts'
import { CLAMPED_MARGIN_TOKENS, type Hold } from '../core/policy/size-hold.ts'
import { StreamEdit } from './stream-edit.ts'
import type { CloseCall } from './close-call.ts'
import type { PreparedCall } from './prepare-call.ts'
import type { Tap } from './relay.ts'

/** How much more a stream asks for than it needs at once, so that it does not ask for every token. */
const TOP_UP_STEP_TOKENS = 256

/** What the response's head says, in lower case. */
export interface ResponseHead {
  status: number
  headers: Readonly<Record<string, string | undefined>>
}

export interface RunningCallOptions {
  prepared: PreparedCall
  hold: Hold
  /** The provider itself stops at the hold: the request's maximum was set to it. */
  isClamped: boolean
  head: ResponseHead
  clock(): number
  /** Grows the hold: at least `needed`, `wanted` where there is room; null when nothing is left. */
  topUp(hold: Hold, neededTokens: number, wantedTokens: number, seenTokens: number): Hold | null
  /** The refusal that ends the stream. */
  cutRefusal(): Refusal
  closeCall: CloseCall
  /** We asked for usage and the client did not: what that added is taken out again. */
  hideUsage: boolean
  /** A compressed body cannot be watched as it grows: it is read when it is whole. */
  decompress: ((body: Buffer) => Promise<Buffer>) | null
}

/**
 * One admitted call while its answer passes: metering beside the bytes, the hold led ahead of what has been seen, the
 * stream ended when the budget has nothing left, and the books closed exactly once.
 */
export class RunningCall implements Tap {
  readonly #options: RunningCallOptions
  readonly #framing: Framing
  readonly #reader: UsageReader
  readonly #edit: StreamEdit
  readonly #pace = new PaceMeter()
  readonly #compressed: Buffer[] = []
  #hold: Hold
  #events = 0
  #cutting = false
  #firstByteAtMs: number | null = null
  #closed: Promise<void> | null = null

  constructor(options: RunningCallOptions) {
    const { prepared, head, hold } = options
    this.#options = options
    this.#hold = hold
    this.#framing = createFraming(head.headers['content-type'] ?? null)
    this.#reader = prepared.dialect.createReader(prepared.request)
    this.#edit = new StreamEdit(options.hideUsage && head.status < 400)
  }

  get holdsBack(): boolean {
    return this.#edit.active
  }

  /** A stream is over with its own terminal event; a plain body only with its last byte. */
  get final(): boolean {
    return this.#options.prepared.request.stream && this.#reader.reading().done
  }

  push(chunk: Buffer): { pass: Buffer; cut: Buffer | null } {
    const { decompress, clock } = this.#options
    this.#firstByteAtMs ??= clock()
    if (decompress) {
      this.#compressed.push(chunk)
      return { pass: chunk, cut: null }
    }
    for (const frame of this.#framing.push(chunk)) {
      this.#take(frame)
      if (frame.type === 'event' && this.#edit.active && this.#reader.isOurs?.(frame.value)) this.#edit.drop(frame.start, frame.end)
    }
    if (!this.#cutting && this.#outgrown()) this.#cutting = true
    if (this.#cutting && this.#framing.boundary >= 0) {
      const pass = this.#edit.upTo(chunk, this.#framing.boundary)
      return { pass, cut: this.#cutBytes() }
    }
    return { pass: this.#edit.apply(chunk, this.#framing.boundary), cut: null }
  }

  rest(): Buffer {
    return this.#edit.rest()
  }

  close(ending: Ending): Promise<void> {
    this.#closed ??= this.#close(ending)
    return this.#closed
  }

  async #close(ending: Ending): Promise<void> {
    const { prepared, head, decompress, closeCall } = this.#options
    if (decompress && this.#compressed.length > 0) {
      // What cannot be unpacked is closed on the quote: a parser's trouble never breaks a call.
      const body = await decompress(Buffer.concat(this.#compressed)).catch(() => null)
      if (body) for (const frame of this.#framing.push(body)) this.#take(frame)
    }
    if (ending === 'complete') for (const frame of this.#framing.finish()) this.#take(frame)
    await closeCall({
      prepared,
      head,
      ending,
      reading: this.#reader.reading(),
      pace: this.#pace.pace,
      heldOutputTokens: this.#options.isClamped ? this.#hold.outputTokens : null,
      firstByteAtMs: this.#firstByteAtMs,
    })
  }

  #take(frame: { type: 'body' | 'event'; name: string | null; value: unknown }): void {
    const { head } = this.#options
    if (frame.type === 'body') this.#reader.body(frame.value, head.headers, head.status)
    else {
      this.#events += 1
      this.#reader.event(frame.name, frame.value)
    }
  }

  /** Leads the hold ahead of what has been seen; true when it needs more than there is. */
  #outgrown(): boolean {
    const { prepared, topUp, clock } = this.#options
    const { quote } = prepared
    if (quote.output !== 'visible' || this.#framing.kind === 'json') return false
    const reading = this.#reader.reading()
    const seen = Math.max(reading.usage?.output ?? 0, Math.ceil(reading.roughOutputTokens * prepared.outputRatio))
    const pace = this.#pace.observe(seen, clock())
    if (reading.done) return false
    const margin = this.#options.isClamped ? CLAMPED_MARGIN_TOKENS : Math.max(quote.marginTokens, marginOf(pace))
    // The provider itself stops at the request's own maximum; past it, the maximum is no promise any more.
    const most = quote.hasOwnMaximum && seen <= quote.worstOutputTokens ? quote.worstOutputTokens : Number.POSITIVE_INFINITY
    const needed = Math.min(most, seen + margin)
    if (needed <= this.#hold.outputTokens) return false
    const wanted = Math.min(most, Math.max(needed + TOP_UP_STEP_TOKENS, Math.ceil(seen * 1.5) + margin))
    const grown = topUp(this.#hold, needed, wanted, seen)
    if (grown) this.#hold = grown
    return grown === null
  }

  #cutBytes(): Buffer {
    const { prepared, cutRefusal } = this.#options
    const reading = this.#reader.reading()
    const bytes = prepared.dialect.cut(
      { refusal: cutRefusal(), callId: prepared.call.callId, model: reading.responseModel ?? prepared.request.model, headers: prepared.head.headers },
      { responseId: reading.responseId, model: reading.responseModel, events: this.#events, framing: this.#framing.kind },
    )
    return Buffer.from(bytes)
  }
}
