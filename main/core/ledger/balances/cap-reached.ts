import type { UsdNanos } from '../../../../shared/values/money.ts'

/** A call that a cap refused, and the room that there was. */
export interface CapRefusal {
  atMs: number
  leftNanos: UsdNanos
}

/**
 * Since when a cap is reached: nothing is left, or it refused a call for which there is no more room now than there was
 * then, and an ordinary call (the mean of those it counted) does not fit either. Null while it is not: a raise, a larger
 * limit and returned holds make room again. A single huge call that was refused does not make a cap reached.
 *
 * @param refusals newest last
 */
export function reachedSince(
  leftNanos: UsdNanos,
  refusals: readonly CapRefusal[],
  meanCallNanos: UsdNanos,
): number | null {
  const still = refusals.filter((refusal) => leftNanos <= refusal.leftNanos)
  const last = still.at(-1)
  if (last === undefined) return null
  if (leftNanos > 0 && leftNanos >= meanCallNanos) return null
  return still[0]?.atMs ?? last.atMs
}
