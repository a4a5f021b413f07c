/** Gives back what was taken; harmless when it was given back already. */
export type GiveBack = () => void

interface Waiting {
  bytes: number
  begin(giveBack: GiveBack): void
}

/**
 * Memory for request bodies that are being read, shared by all of them. Who finds no room waits in order. One body that
 * is larger than all of it is read alone.
 */
export class BodyBudget {
  readonly #limitBytes: number
  readonly #waiting: Waiting[] = []
  #heldBytes = 0

  constructor(limitBytes: number) {
    this.#limitBytes = limitBytes
  }

  get heldBytes(): number {
    return this.#heldBytes
  }

  get waiting(): number {
    return this.#waiting.length
  }

  /** Null where there is no room, or others wait already. */
  takeNow(bytes: number): GiveBack | null {
    return this.#waiting.length === 0 && this.#fits(bytes) ? this.#take(bytes) : null
  }

  /** Calls `begin` when it is its turn; the function that comes back leaves the line. */
  waitFor(bytes: number, begin: Waiting['begin']): () => void {
    const waiting = { bytes, begin }
    this.#waiting.push(waiting)
    return () => {
      const at = this.#waiting.indexOf(waiting)
      if (at >= 0) this.#waiting.splice(at, 1)
      this.#next()
    }
  }

  #fits(bytes: number): boolean {
    return this.#heldBytes === 0 || this.#heldBytes + bytes <= this.#limitBytes
  }

  #take(bytes: number): GiveBack {
    let held = bytes
    this.#heldBytes += held
    return () => {
      this.#heldBytes -= held
      held = 0
      this.#next()
    }
  }

  #next(): void {
    for (let first = this.#waiting[0]; first && this.#fits(first.bytes); first = this.#waiting[0]) {
      this.#waiting.shift()
      first.begin(this.#take(first.bytes))
    }
  }
}
