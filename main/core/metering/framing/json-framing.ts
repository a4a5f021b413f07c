import { BODY_TAIL_BYTES, type Frame, type Framing, MAX_BODY_BYTES, MAX_EVENT_BYTES } from './frame.ts'
import { ByteBuffer } from './byte-buffer.ts'
import { parseJson } from './parse-json.ts'
import { usageInTail } from './usage-in-tail.ts'

const LINE_FEED = 10

/** A plain body, parsed when it is whole; what turns out to be several JSON lines is given as events. */
export class JsonFraming implements Framing {
  readonly kind = 'json'
  readonly boundary = -1
  #body = new ByteBuffer(MAX_BODY_BYTES)
  #tail: Uint8Array = new Uint8Array()

  push(bytes: Uint8Array): Frame[] {
    this.#body.append(bytes)
    if (this.#body.overflown) this.#keepTail(bytes)
    return []
  }

  finish(): Frame[] {
    const length = this.#body.length
    const whole = this.#body.take()
    const decoder = new TextDecoder()
    if (whole === null) {
      const value = usageInTail(decoder.decode(this.#tail))
      return value === null ? [] : [{ type: 'body', name: null, value, start: -length, end: 0 }]
    }
    if (whole.length === 0) return []
    const text = decoder.decode(whole)
    const value = parseJson(text)
    if (value !== undefined) return [{ type: 'body', name: null, value, start: -length, end: 0 }]
    const lines = new JsonLinesFraming()
    const frames = [...lines.push(whole), ...lines.finish()]
    return frames.map((frame) => ({ ...frame, start: frame.start - length, end: frame.end - length }))
  }

  get atBoundary(): boolean {
    return this.#body.length === 0
  }

  #keepTail(bytes: Uint8Array): void {
    const kept = new Uint8Array(this.#tail.length + bytes.length)
    kept.set(this.#tail)
    kept.set(bytes, this.#tail.length)
    this.#tail = kept.slice(Math.max(0, kept.length - BODY_TAIL_BYTES))
  }
}

/** One JSON value a line, as Ollama streams. A line that is no JSON gives nothing. */
export class JsonLinesFraming implements Framing {
  readonly kind = 'json-lines'
  boundary = -1
  #open = new ByteBuffer(MAX_EVENT_BYTES)

  push(bytes: Uint8Array): Frame[] {
    const frames: Frame[] = []
    this.boundary = -1
    let start = 0
    for (let index = bytes.indexOf(LINE_FEED); index >= 0; index = bytes.indexOf(LINE_FEED, start)) {
      this.#close(bytes.subarray(start, index + 1), start, index + 1, frames)
      start = index + 1
    }
    this.#open.append(bytes.subarray(start))
    return frames
  }

  finish(): Frame[] {
    const frames: Frame[] = []
    this.boundary = -1
    this.#close(new Uint8Array(), 0, 0, frames)
    return frames
  }

  get atBoundary(): boolean {
    return this.#open.length === 0
  }

  #close(slice: Uint8Array, start: number, end: number, frames: Frame[]): void {
    const began = start - this.#open.length
    this.#open.append(slice)
    this.boundary = end
    const line = this.#open.take()
    const value = line === null || line.length === 0 ? undefined : parseJson(new TextDecoder().decode(line))
    if (value !== undefined) frames.push({ type: 'event', name: null, value, start: began, end })
  }
}
