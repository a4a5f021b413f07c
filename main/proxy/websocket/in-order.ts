/** Work that has to happen one after the other, begun at once where nothing is before it. */
export class InOrder {
  readonly #work: { weight: number; run(): Promise<void> | void }[] = []
  readonly #onError: (error: unknown) => void
  #running = false
  #weight = 0

  constructor(onError: (error: unknown) => void) {
    this.#onError = onError
  }

  /** What waits, in the unit of its weights. */
  get backlog(): number {
    return this.#weight
  }

  push(weight: number, run: () => Promise<void> | void): void {
    this.#weight += weight
    this.#work.push({ weight, run })
    if (!this.#running) void this.#drain()
  }

  /** Resolves when everything that was pushed so far is done. */
  done(): Promise<void> {
    return new Promise((resolve) => {
      this.push(0, resolve)
    })
  }

  async #drain(): Promise<void> {
    this.#running = true
    for (let next = this.#work.shift(); next; next = this.#work.shift()) {
      try {
        const pending = next.run()
        // Most frames need no wait, and a tick for each would cost more than the frame.
        if (pending) await pending
      } catch (error) {
        this.#onError(error)
      }
      this.#weight -= next.weight
    }
    this.#running = false
  }
}
