/** Bytes of one event that arrive in several chunks, up to a limit: beyond it they are counted, no longer kept. */
export class ByteBuffer {
  #chunks: Uint8Array[] = []
  #length = 0
  #overflown = false
  readonly #limitBytes: number

  constructor(limitBytes: number) {
    this.#limitBytes = limitBytes
  }

  get length(): number {
    return this.#length
  }

  get overflown(): boolean {
    return this.#overflown
  }

  append(bytes: Uint8Array): void {
    if (bytes.length === 0) return
    this.#length += bytes.length
    if (this.#length > this.#limitBytes) {
      this.#overflown = true
      this.#chunks = []
    }
    // A copy: the caller may reuse its chunk, and a small slice must not keep a large buffer alive.
    if (!this.#overflown) this.#chunks.push(bytes.slice())
  }

  /** All bytes since the last take as one array, null when they were too many; the buffer is empty afterwards. */
  take(): Uint8Array | null {
    const bytes = this.#overflown ? null : this.#joined()
    this.clear()
    return bytes
  }

  clear(): void {
    this.#chunks = []
    this.#length = 0
    this.#overflown = false
  }

  #joined(): Uint8Array {
    const only = this.#chunks[0]
    if (only && this.#chunks.length === 1) return only
    const bytes = new Uint8Array(this.#length)
    let offset = 0
    for (const chunk of this.#chunks) {
      bytes.set(chunk, offset)
      offset += chunk.length
    }
    return bytes
  }
}
