import type { UsdNanos } from '../../../../shared/values/money.ts'

/** Fewer quarter-hours with spend than this, two hours of work, tell nothing of what is usual. */
const FEWEST_STEPS = 8
/** Busy, but not the busiest: nine of ten quarter-hours cost less. */
const BUSY = 0.9
const STEPS_PER_HOUR = 4

/** What a busy hour usually costs, from the quarter-hours that cost anything; null before there are enough of them. */
export function usualPerHour(stepNanos: readonly UsdNanos[]): UsdNanos | null {
  const spent = stepNanos.filter((nanos) => nanos > 0).sort((a, b) => a - b)
  if (spent.length < FEWEST_STEPS) return null
  return (spent[Math.floor(spent.length * BUSY)] ?? 0) * STEPS_PER_HOUR
}
