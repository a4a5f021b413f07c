const NOTHING = Buffer.alloc(0)

/**
 * Takes whole events out of a stream. Where it is active, only complete events are passed on, because whether an event
 * goes out is known at its end; half an event is of no use to a client. Inactive, bytes pass untouched.
 */
export class StreamEdit {
  readonly active: boolean
  #held: Buffer = NOTHING
  #drops: { start: number; end: number }[] = []

  constructor(active: boolean) {
    this.active = active
  }

  /** Marks an event to take out, by its range from the start of the chunk at hand (negative: it began before). */
  drop(start: number, end: number): void {
    this.#drops.push({ start, end })
  }

  /** What of the chunk goes out now; `boundary` is the offset after its last complete event, -1 when there is none. */
  apply(chunk: Buffer, boundary: number): Buffer {
    if (!this.active) return chunk
    if (boundary < 0) {
      this.#held = this.#held.length > 0 ? Buffer.concat([this.#held, chunk]) : chunk
      return NOTHING
    }
    const pass = this.upTo(chunk, boundary)
    this.#held = chunk.subarray(boundary)
    return pass
  }

  /** Everything up to the boundary, and what was held back before it. */
  upTo(chunk: Buffer, boundary: number): Buffer {
    const before = this.#held.length
    const whole = before > 0 ? Buffer.concat([this.#held, chunk.subarray(0, boundary)]) : chunk.subarray(0, boundary)
    this.#held = NOTHING
    const parts: Buffer[] = []
    let from = 0
    for (const { start, end } of this.#drops) {
      parts.push(whole.subarray(from, Math.max(from, start + before)))
      from = end + before
    }
    this.#drops = []
    return from === 0 ? whole : Buffer.concat([...parts, whole.subarray(from)])
  }

  /** What is left when the stream is over. */
  rest(): Buffer {
    const rest = this.#held
    this.#held = NOTHING
    return rest
  }
}
