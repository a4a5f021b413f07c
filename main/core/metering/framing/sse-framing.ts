import { type SseEvent, SseReader } from '../../../../shared/values/sse.ts'
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
    // Most streams end their lines without carriage returns: then a line's end is found at once, not byte by byte.
    const skips = !this.#afterReturn && !bytes.includes(CARRIAGE_RETURN)
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
        if (!skips) continue
        const lineEnd = bytes.indexOf(LINE_FEED, index)
        if (lineEnd < 0) break
        index = lineEnd - 1
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
    const text = this.#decoder.decode(whole)
    const data = onlyData(text)
    if (data !== null) {
      frames.push(frameOf({ event: null, data }, began, end))
      return
    }
    const reader = new SseReader()
    const events = reader.push(text)
    if (last) events.push(...reader.finish())
    for (const event of events) frames.push(frameOf(event, began, end))
  }

  #joined(slice: Uint8Array): Uint8Array | null {
    this.#open.append(slice)
    return this.#open.take()
  }
}

/** The data of an event that is one line of it and nothing else, as nearly all are; null for every other. */
function onlyData(text: string): string | null {
  return text.startsWith('data: ') &&
    text.endsWith('\n\n') &&
    text.indexOf('\n') === text.length - 2 &&
    !text.includes('\r')
    ? text.slice(6, -2)
    : null
}

function frameOf(event: Pick<SseEvent, 'event' | 'data'>, start: number, end: number): Frame {
  return { type: 'event', name: event.event, value: parseJson(event.data) ?? event.data, start, end }
}
