const FIRST_RETRY_MS = 500
/** A gateway that restarts is back within seconds; longer pauses would only make the window look dead. */
const LONGEST_RETRY_MS = 10_000

/** The pause before retry number `attempt` (from 0), in milliseconds. */
export function retryDelayMs(attempt: number): number {
  return Math.min(LONGEST_RETRY_MS, FIRST_RETRY_MS * 2 ** Math.min(attempt, 16))
}
