import { type Frame, type Framing, type FramingKind, OPAQUE } from './frame.ts'
import { JsonArrayFraming } from './json-array-framing.ts'
import { JsonFraming } from './json-framing.ts'
import { SseFraming } from './sse-framing.ts'

/** Blanks (some gateways send them to keep the connection open) and the bytes of a byte order mark. */
const PASSED_OVER = new Set([9, 10, 13, 32, 0xef, 0xbb, 0xbf])

const SSE_FIELDS = ['data:', 'event:', 'id:', 'retry:', ':']

/** Decides by the first byte that is not blank: a mislabelled stream is still read as what it is. */
export class SniffingFraming implements Framing {
  #found: Framing | null = null
  /** What the content type promised. */
  readonly #promised: 'sse' | 'json'

  constructor(promised: 'sse' | 'json') {
    this.#promised = promised
  }

  push(bytes: Uint8Array): Frame[] {
    if (!this.#found) {
      const first = bytes.findIndex((byte) => !PASSED_OVER.has(byte))
      if (first < 0) return []
      this.#found = framingFor(new TextDecoder().decode(bytes.subarray(first, first + 16)), this.#promised)
    }
    return this.#found.push(bytes)
  }

  finish(): Frame[] {
    return this.#found?.finish() ?? []
  }

  get kind(): FramingKind {
    return this.#found?.kind ?? this.#promised
  }

  get atBoundary(): boolean {
    return this.#found?.atBoundary ?? true
  }

  get boundary(): number {
    return this.#found?.boundary ?? -1
  }
}

function framingFor(first: string, promised: 'sse' | 'json'): Framing {
  if (promised === 'sse' && !first.startsWith('{')) return new SseFraming()
  if (first.startsWith('[')) return new JsonArrayFraming()
  if (SSE_FIELDS.some((field) => first.startsWith(field) || field.startsWith(first))) return new SseFraming()
  if (/^[{"0-9-]|^(t|f|n)/.test(first)) return new JsonFraming()
  return OPAQUE
}
