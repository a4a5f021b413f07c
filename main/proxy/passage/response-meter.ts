import type { Ending } from '../../../shared/calls/call.ts'
import type { Framing } from '../../core/metering/framing/frame.ts'
import { createFraming } from '../../core/metering/framing/create-framing.ts'
import { type Decompress, MAX_COMPRESSED_BYTES } from '../arrival/body/decompress.ts'
import type { RunningCall } from './running-call.ts'
import type { ResponseHead } from '../call/call-states.ts'
import type { Tap } from './relay.ts'
import { StreamEdit } from './stream-edit.ts'

export interface ResponseMeterOptions {
  running: RunningCall
  head: ResponseHead
  /** We asked for usage and the client did not: what that added is taken out again. */
  hideUsage: boolean
  /** A compressed body cannot be watched as it grows: it is read when it is whole. */
  decompress: Decompress | null
}

/** Meters an HTTP response as its bytes pass, and decides where a stream that has to end is cut: at an event's edge. */
export class ResponseMeter implements Tap {
  readonly #options: ResponseMeterOptions
  readonly #running: RunningCall
  readonly #framing: Framing
  readonly #edit: StreamEdit
  #compressed: Buffer[] = []
  #compressedBytes = 0
  #cutting = false
  #isWhole = true
  #closed: Promise<void> | null = null

  constructor(options: ResponseMeterOptions) {
    const { head } = options
    this.#options = options
    this.#running = options.running
    this.#framing = createFraming(head.headers['content-type'] ?? null)
    this.#edit = new StreamEdit(options.hideUsage && head.status < 400)
  }

  get holdsBack(): boolean {
    return this.#edit.active
  }

  /** A stream is over with its own terminal event; a plain body only with its last byte. */
  get final(): boolean {
    return this.#running.prepared.request.stream && this.#running.reading.done
  }

  push(chunk: Buffer): { pass: Buffer; cut: Buffer | null } {
    this.#running.arrived()
    if (this.#options.decompress) {
      this.#keep(chunk)
      return { pass: chunk, cut: null }
    }
    for (const frame of this.#framing.push(chunk)) {
      this.#running.take(frame)
      if (frame.type === 'event' && this.#edit.active && this.#running.isOurs(frame.value))
        this.#edit.drop(frame.start, frame.end)
    }
    this.#isWhole = this.#framing.boundary === chunk.length
    // A plain body shows nothing as it grows.
    if (!this.#cutting && this.#framing.kind !== 'json' && this.#running.outgrown()) this.#cutting = true
    if (this.#cutting && this.#framing.boundary >= 0) {
      const pass = this.#edit.upTo(chunk, this.#framing.boundary)
      return { pass, cut: this.#cutBytes() }
    }
    return { pass: this.#edit.apply(chunk, this.#framing.boundary), cut: null }
  }

  /** Nothing of an event is half way to the client: a stream can be ended legally between two chunks. */
  get atEdge(): boolean {
    const isStream = this.#framing.kind !== 'json' && this.#running.prepared.request.stream
    return (
      isStream &&
      this.#options.decompress === null &&
      (this.#isWhole || this.#edit.active) &&
      !this.#running.reading.done
    )
  }

  cutNow(): Buffer {
    return this.#cutBytes()
  }

  listensOn(chunk?: Buffer): boolean {
    if (chunk) for (const frame of this.#framing.push(chunk)) this.#running.take(frame)
    return this.#running.endsByItself
  }

  rest(): Buffer {
    return this.#edit.rest()
  }

  close(ending: Ending): Promise<void> {
    this.#closed ??= this.#close(ending)
    return this.#closed
  }

  async #close(ending: Ending): Promise<void> {
    await this.#unpack()
    if (ending === 'complete') for (const frame of this.#framing.finish()) this.#running.take(frame)
    await this.#running.close(ending)
  }

  #keep(chunk: Buffer): void {
    this.#compressedBytes += chunk.length
    if (this.#compressedBytes <= MAX_COMPRESSED_BYTES) this.#compressed.push(chunk)
    else this.#compressed = []
  }

  /** What cannot be unpacked is closed on the quote: a parser's trouble never breaks a call. */
  async #unpack(): Promise<void> {
    const { decompress } = this.#options
    if (!decompress || this.#compressedBytes === 0) return
    const body = await decompress(Buffer.concat(this.#compressed)).catch(() => null)
    if (body === null) return this.#running.unreadable()
    for (const frame of this.#framing.push(body)) this.#running.take(frame)
  }

  #cutBytes(): Buffer {
    const { context, streamed } = this.#running.cutFacts(this.#framing.kind)
    return Buffer.from(this.#running.prepared.dialect.cut(context, streamed))
  }
}
