import type { UsdNanos } from '../../../../shared/values/money.ts'

/** The pace is taken from calls that were admitted this recently. */
export const BURN_WINDOW_MS = 15 * 60_000

/** A burst of a few seconds says little about an hour: it is spread over at least this long. */
const SHORTEST_SPAN_MS = 5 * 60_000

/** What was spent since `sinceMs`, and when the first call of it was admitted. */
export interface RecentSpend {
  nanos: UsdNanos
  firstMs: number
}

/** Nano-dollars an hour at the pace of the last quarter of an hour, or of the time since spending began if that is less. */
export function burnPerHour(spends: readonly RecentSpend[], nowMs: number): UsdNanos {
  const total = spends.reduce((sum, spend) => sum + spend.nanos, 0)
  if (total === 0) return 0
  const firstMs = Math.min(...spends.map((spend) => spend.firstMs))
  const spanMs = Math.min(BURN_WINDOW_MS, Math.max(SHORTEST_SPAN_MS, nowMs - firstMs))
  return Math.round((total / spanMs) * 3_600_000)
}

/** When nothing will be left at this pace; null when the window ends before, or nothing is being spent. */
export function capReachedAt(leftNanos: UsdNanos, perHour: UsdNanos, nowMs: number, endsMs: number): number | null {
  if (leftNanos <= 0) return nowMs
  if (perHour <= 0) return null
  const atMs = Math.ceil(nowMs + (leftNanos / perHour) * 3_600_000)
  return atMs < endsMs ? atMs : null
}
