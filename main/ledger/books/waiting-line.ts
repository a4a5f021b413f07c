/** How a try ended: over (admitted, refused, asked …), or still kept out by these budgets. */
export type Try = { done: true } | { done: false; blockedBy: ReadonlySet<string> }

interface Waiter {
  blockedBy: ReadonlySet<string>
  attempt(): Try
}

/** How often waiting calls look again without a settlement: a rolling window frees room by time alone. */
const RECHECK_MS = 500

/**
 * Calls that only other calls' holds keep out, first come, first served. A call is tried again when room changes,
 * unless one before it waits for the same budget. The line decides nothing: each waiter brings its own attempt.
 */
export class WaitingLine {
  readonly #waiters: Waiter[] = []
  readonly #clock: () => number
  #timer: NodeJS.Timeout | null = null
  #sweeping = false
  #again = false

  constructor(clock: () => number) {
    this.#clock = clock
  }

  get length(): number {
    return this.#waiters.length
  }

  /** Budgets that somebody waits for already: a newcomer that needs one of them lines up behind. */
  get contended(): ReadonlySet<string> {
    return new Set(this.#waiters.flatMap((waiter) => [...waiter.blockedBy]))
  }

  /**
   * Waits in line. `attempt` is called in turn until it is done; the promise then resolves with `room`, or with
   * `timeout` or `gone` when the deadline passes or the signal aborts first. Every waiter leaves the line exactly once.
   */
  wait(
    blockedBy: ReadonlySet<string>,
    attempt: () => Try,
    deadlineMs: number,
    signal: AbortSignal,
  ): Promise<'room' | 'timeout' | 'gone'> {
    return new Promise((resolve) => {
      const leave = (outcome: 'room' | 'timeout' | 'gone') => {
        clearTimeout(deadline)
        signal.removeEventListener('abort', onAbort)
        const index = this.#waiters.indexOf(waiter)
        if (index >= 0) this.#waiters.splice(index, 1)
        this.#keepTime()
        resolve(outcome)
        if (outcome !== 'room') this.roomChanged()
      }
      const onAbort = () => leave('gone')
      const deadline = setTimeout(() => leave('timeout'), Math.max(0, deadlineMs - this.#clock()))
      const waiter: Waiter = {
        blockedBy,
        attempt: () => {
          const result = attempt()
          if (result.done) leave('room')
          return result
        },
      }
      if (signal.aborted) {
        leave('gone')
        return
      }
      signal.addEventListener('abort', onAbort, { once: true })
      this.#waiters.push(waiter)
      this.#keepTime()
    })
  }

  /** Somebody settled, or limits changed: try those whose turn it is. */
  roomChanged(): void {
    this.#again = true
    if (this.#sweeping) return
    this.#sweeping = true
    try {
      while (this.#again) {
        this.#again = false
        this.#sweep()
      }
    } finally {
      this.#sweeping = false
    }
  }

  #sweep(): void {
    const taken = new Set<string>()
    for (const waiter of [...this.#waiters]) {
      if (!this.#waiters.includes(waiter)) continue
      if ([...waiter.blockedBy].some((budget) => taken.has(budget))) continue
      const result = waiter.attempt()
      if (result.done) continue
      waiter.blockedBy = result.blockedBy
      for (const budget of result.blockedBy) taken.add(budget)
    }
  }

  /** The timer runs only while somebody waits, and never keeps the process alive. */
  #keepTime(): void {
    if (this.#waiters.length > 0 && !this.#timer) {
      this.#timer = setInterval(() => this.roomChanged(), RECHECK_MS)
      this.#timer.unref()
    } else if (this.#waiters.length === 0 && this.#timer) {
      clearInterval(this.#timer)
      this.#timer = null
    }
  }
}
