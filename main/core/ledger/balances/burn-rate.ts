import type { UsdNanos } from '../../../../shared/values/money.ts'

/** The pace is what calls admitted in the last quarter of an hour cost, over that time. */
export const BURN_WINDOW_MS = 15 * 60_000

/** A gateway that has just begun: its first calls are spread over at least this long, for seconds say little about an hour. */
const SHORTEST_SPAN_MS = 5 * 60_000

/**
 * Nano-dollars an hour. `spentNanos`: what was spent within the window that ends now. The divisor is the window itself,
 * or the time since the first call of all where that is less; it never shrinks as time goes on, so that the pace can
 * only fall while nothing is spent.
 */
export function burnPerHour(spentNanos: UsdNanos, firstCallMs: number | null, nowMs: number): UsdNanos {
  if (spentNanos === 0) return 0
  const ageMs = firstCallMs === null ? BURN_WINDOW_MS : nowMs - firstCallMs
  const spanMs = Math.min(BURN_WINDOW_MS, Math.max(SHORTEST_SPAN_MS, ageMs))
  return Math.round((spentNanos / spanMs) * 3_600_000)
}

/** When nothing will be left at this pace; null when the window ends before, nothing is being spent, or nothing is left now. */
export function capReachedAt(leftNanos: UsdNanos, perHour: UsdNanos, nowMs: number, endsMs: number): number | null {
  if (leftNanos <= 0 || perHour <= 0) return null
  const atMs = Math.ceil(nowMs + (leftNanos / perHour) * 3_600_000)
  return atMs < endsMs ? atMs : null
}
