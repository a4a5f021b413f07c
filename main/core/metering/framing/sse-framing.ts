import { type SseEvent, SseReader } from '../../../../shared/sse.ts'
import { type Frame, type Framing, MAX_EVENT_BYTES } from './frame.ts'
import { ByteBuffer } from './byte-buffer.ts'
import { parseJson } from './parse-json.ts'

const LINE_FEED = 10
const CARRIAGE_RETURN = 13

/**
 * Server-sent events. The ends of events are found in the bytes (a blank line ends one, and no byte of a multi-byte
 * character is a line end), so that their ranges are exact; the fields are then read by the shared reader.
 */
export class SseFraming implements Framing {
  readonly kind = 'sse'
  boundary = -1
  #open = new ByteBuffer(MAX_EVENT_BYTES)
  #decoder = new TextDecoder()
  /** No byte of the current line has been seen. */
  #lineIsEmpty = true
  /** The last byte was a carriage return; a line feed after it belongs to the same line end. */
  #afterReturn = false
  /** That carriage return ended an event, which may have one more byte to come. */
  #eventEndsHere = false

  push(bytes: Uint8Array): Frame[] {
    const frames: Frame[] = []
    this.boundary = -1
    let start = 0
    const end = (offset: number) => {
      this.#close(bytes, start, offset, frames)
      start = offset
    }
    for (let index = 0; index < bytes.length; index++) {
      const byte = bytes[index]
      if (this.#eventEndsHere) {
        this.#eventEndsHere = false
        end(byte === LINE_FEED ? index + 1 : index)
      }
      if (byte === LINE_FEED && this.#afterReturn) {
        this.#afterReturn = false
        continue
      }
      this.#afterReturn = byte === CARRIAGE_RETURN
      if (byte !== LINE_FEED && byte !== CARRIAGE_RETURN) {
        this.#lineIsEmpty = false
        continue
      }
      if (!this.#lineIsEmpty) this.#lineIsEmpty = true
      else if (byte === LINE_FEED) end(index + 1)
      else this.#eventEndsHere = true
    }
    this.#open.append(bytes.subarray(start))
    return frames
  }

  /** Some servers leave out the blank line after the last event. */
  finish(): Frame[] {
    const frames: Frame[] = []
    this.boundary = -1
    this.#close(new Uint8Array(), 0, 0, frames, true)
    this.#lineIsEmpty = true
    this.#afterReturn = false
    this.#eventEndsHere = false
    return frames
  }

  get atBoundary(): boolean {
    return this.#open.length === 0 || this.#eventEndsHere
  }

  #close(bytes: Uint8Array, start: number, end: number, frames: Frame[], last = false): void {
    const began = start - this.#open.length
    const slice = bytes.subarray(start, end)
    const whole = this.#open.length === 0 ? slice : this.#joined(slice)
    this.boundary = end
    if (whole === null || whole.length === 0) return
    const reader = new SseReader()
    const text = this.#decoder.decode(whole)
    const events = reader.push(text)
    if (last) events.push(...reader.finish())
    for (const event of events) frames.push(frameOf(event, began, end))
  }

  #joined(slice: Uint8Array): Uint8Array | null {
    this.#open.append(slice)
    return this.#open.take()
  }
}

function frameOf(event: SseEvent, start: number, end: number): Frame {
  return { type: 'event', name: event.event, value: parseJson(event.data) ?? event.data, start, end }
}
