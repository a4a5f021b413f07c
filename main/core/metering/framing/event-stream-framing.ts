import { type Frame, type Framing, MAX_EVENT_BYTES } from './frame.ts'
import { isObject } from './lenient-json.ts'
import { decodeMessage, messageLength, PRELUDE_BYTES } from './event-stream-message.ts'
import { parseJson } from './parse-json.ts'

/**
 * The AWS event stream (`application/vnd.amazon.eventstream`), as Bedrock streams. A model's own events come inside
 * `{"bytes": base64}` and are given as they are; an exception's name ends in `Exception`.
 */
export class EventStreamFraming implements Framing {
  readonly kind = 'aws-event-stream'
  boundary = -1
  #open: Uint8Array[] = []
  #openBytes = 0
  /** What the open message needs before looking again is worth the copying. */
  #neededBytes = PRELUDE_BYTES
  /** Bytes still to pass over: of a message beyond the limit, or all once the framing is lost. */
  #skipBytes = 0

  push(bytes: Uint8Array): Frame[] {
    const frames: Frame[] = []
    this.boundary = -1
    const shift = this.#openBytes
    this.#open.push(bytes.slice())
    this.#openBytes += bytes.length
    if (this.#skipBytes === 0 && this.#openBytes < this.#neededBytes) return frames
    const all = joined(this.#open, this.#openBytes)
    this.#neededBytes = PRELUDE_BYTES
    let offset = Math.min(this.#skipBytes, all.length)
    this.#skipBytes -= offset
    if (offset > 0 && this.#skipBytes === 0) this.boundary = offset - shift
    while (all.length - offset >= PRELUDE_BYTES) {
      const length = messageLength(all.subarray(offset, offset + PRELUDE_BYTES))
      if (length === null) {
        this.#skipBytes = Number.POSITIVE_INFINITY
        offset = all.length
        break
      }
      const end = offset + length
      if (end > all.length) {
        if (length <= MAX_EVENT_BYTES) {
          this.#neededBytes = length
          break
        }
        this.#skipBytes = end - all.length
        offset = all.length
        break
      }
      const frame = frameOf(all.subarray(offset, end), offset - shift, end - shift)
      if (frame) frames.push(frame)
      this.boundary = end - shift
      offset = end
    }
    this.#open = offset < all.length ? [all.slice(offset)] : []
    this.#openBytes = all.length - offset
    return frames
  }

  finish(): Frame[] {
    this.boundary = -1
    return []
  }

  get atBoundary(): boolean {
    return this.#openBytes === 0 && this.#skipBytes === 0
  }
}

function frameOf(message: Uint8Array, start: number, end: number): Frame | null {
  try {
    const { headers, payload } = decodeMessage(message)
    const name = headers[':exception-type'] ?? headers[':event-type'] ?? headers[':error-code'] ?? null
    const outer = parseJson(new TextDecoder().decode(payload))
    const inner = isObject(outer) && typeof outer['bytes'] === 'string' ? decodeBase64Json(outer['bytes']) : undefined
    return { type: 'event', name, value: inner ?? outer ?? null, start, end }
  } catch {
    return null
  }
}

function decodeBase64Json(base64: string): unknown {
  const binary = atob(base64)
  const bytes = new Uint8Array(binary.length)
  for (let index = 0; index < binary.length; index++) bytes[index] = binary.charCodeAt(index)
  return parseJson(new TextDecoder().decode(bytes))
}

function joined(chunks: readonly Uint8Array[], length: number): Uint8Array {
  const all = new Uint8Array(length)
  let offset = 0
  for (const chunk of chunks) {
    all.set(chunk, offset)
    offset += chunk.length
  }
  return all
}
