import type { Clock } from '../../platform/system/clock.ts'
import { newSecret } from '../../platform/system/ids.ts'

/** Long enough to click a link in a terminal, short enough for what is left of it in a scroll-back to be useless. */
const VALID_MS = 5 * 60_000

/** Links that nobody followed; the oldest goes. */
const MAX_CODES = 16

/** Codes that sign a browser tab in: each works once, for five minutes. */
export class SessionCodes {
  readonly #clock: Clock
  readonly #codes = new Map<string, number>()

  constructor(clock: Clock) {
    this.#clock = clock
  }

  create(): string {
    if (this.#codes.size >= MAX_CODES) for (const oldest of this.#codes.keys()) if (this.#codes.delete(oldest)) break
    const code = newSecret()
    this.#codes.set(code, this.#clock() + VALID_MS)
    return code
  }

  /** True once for each code that was made and is still valid. */
  redeem(code: string): boolean {
    const untilMs = this.#codes.get(code)
    this.#codes.delete(code)
    return untilMs !== undefined && this.#clock() < untilMs
  }
}
