import type { Reading } from '../../core/metering/usage/usage-reader.ts'
import type { EndedCall, SettleCall } from '../call/call-states.ts'

/** More responses in the making than any developer starts; the oldest is closed on its quote to make room. */
const MAX_HELD = 1_000

/**
 * Responses that a provider makes in the background: the call stays held until a later GET shows its end. Reading it
 * again afterwards changes nothing, so that a retried GET is never charged twice.
 */
export class BackgroundCalls {
  readonly #held = new Map<string, EndedCall>()
  readonly #close: SettleCall
  readonly #correct: (reading: Reading) => void

  /** `correct`: a response that is not held any more, because the gateway was started again since. */
  constructor(close: SettleCall, correct: (reading: Reading) => void) {
    this.#close = close
    this.#correct = correct
  }

  hold(responseId: string, facts: EndedCall): void {
    this.#held.set(responseId, facts)
    const [oldest] = this.#held.keys()
    if (this.#held.size > MAX_HELD && oldest !== undefined) void this.#settle(oldest, null)
  }

  /** A response that was read: closes the call that it belongs to, if that is still held and the response is final. */
  async observed(reading: Reading): Promise<void> {
    if (reading.responseId === null || reading.pending || (reading.usage === null && !reading.failed)) return
    if (this.#held.has(reading.responseId)) await this.#settle(reading.responseId, reading)
    else this.#correct(reading)
  }

  /** At the end of the gateway: what never came back is closed on its quote. */
  async settleAll(): Promise<void> {
    for (const responseId of [...this.#held.keys()]) await this.#settle(responseId, null)
  }

  async #settle(responseId: string, reading: Reading | null): Promise<void> {
    const facts = this.#held.get(responseId)
    if (!facts) return
    this.#held.delete(responseId)
    await this.#close({ ...facts, reading: { ...(reading ?? facts.reading), pending: false } })
  }
}
