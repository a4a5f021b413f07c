import { type Frame, type Framing, MAX_EVENT_BYTES } from './frame.ts'
import { ByteBuffer } from './byte-buffer.ts'
import { parseJson } from './parse-json.ts'

const QUOTE = 34
const BACKSLASH = 92
const COMMA = 44
const OPENING = new Set([91, 123])
const CLOSING = new Set([93, 125])
const BLANK = new Set([9, 10, 13, 32])

/**
 * An array whose elements arrive one by one, as Gemini streams without `alt=sse`. Every element is an event. A legal
 * cut writes `,` and its own elements and `]` at a boundary.
 */
export class JsonArrayFraming implements Framing {
  readonly kind = 'json-array'
  boundary = -1
  #open = new ByteBuffer(MAX_EVENT_BYTES)
  #depth = 0
  #quoted = false
  #escaped = false
  #insideElement = false

  push(bytes: Uint8Array): Frame[] {
    const frames: Frame[] = []
    this.boundary = -1
    let start = 0
    for (let index = 0; index < bytes.length; index++) {
      const byte = bytes[index] ?? 0
      if (this.#quoted) {
        if (this.#escaped) this.#escaped = false
        else if (byte === BACKSLASH) this.#escaped = true
        else if (byte === QUOTE) this.#quoted = false
        continue
      }
      const endsScalar = this.#insideElement && this.#depth === 1 && (byte === COMMA || CLOSING.has(byte))
      if (endsScalar) {
        this.#close(bytes.subarray(start, index), start, index, frames)
        start = index
      }
      if (!this.#insideElement && this.#depth === 1 && byte !== COMMA && !BLANK.has(byte) && !CLOSING.has(byte)) {
        this.#insideElement = true
        start = index
      }
      if (byte === QUOTE) this.#quoted = true
      else if (OPENING.has(byte)) this.#depth++
      else if (CLOSING.has(byte)) {
        this.#depth--
        if (this.#depth === 1 && this.#insideElement) {
          this.#close(bytes.subarray(start, index + 1), start, index + 1, frames)
          start = index + 1
        }
      }
    }
    if (this.#insideElement) this.#open.append(bytes.subarray(start))
    return frames
  }

  finish(): Frame[] {
    this.boundary = -1
    return []
  }

  get atBoundary(): boolean {
    return !this.#insideElement
  }

  #close(slice: Uint8Array, start: number, end: number, frames: Frame[]): void {
    const began = start - this.#open.length
    this.#open.append(slice)
    const element = this.#open.take()
    this.#insideElement = false
    this.boundary = end
    const value = element === null ? undefined : parseJson(new TextDecoder().decode(element))
    if (value !== undefined) frames.push({ type: 'event', name: null, value, start: began, end })
  }
}
