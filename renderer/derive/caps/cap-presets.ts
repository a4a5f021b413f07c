import type { SpendSeries } from '../../../shared/contract/contract.ts'
import { nanosOf } from '../format/amounts.ts'

/** An amount to start from, and what of the past it comes from. */
export interface CapPreset {
  amountUsd: string
  because: string
}

/** How far back a preset looks. */
export const PRESET_DAYS = 30

/** Whole dollars that people write; above and below, the same digits with other powers of ten. */
const FRIENDLY_DIGITS = [1, 1.5, 2, 2.5, 3, 4, 5, 6, 8, 10]

/**
 * Caps that the last weeks suggest: a usual day (the median of the days on which something was spent) and the peak day,
 * each rounded up to a friendly amount. None where nothing was spent: a made-up number would be no help.
 */
export function capPresets(series: SpendSeries | null, dayOf: (at: string) => string, today: string): CapPreset[] {
  const sums = new Map<string, number>()
  for (const { at, costUsd } of series?.points ?? []) sums.set(dayOf(at), (sums.get(dayOf(at)) ?? 0) + nanosOf(costUsd))
  const spent = [...sums].filter(([, nanos]) => nanos > 0)
  // Today is not over: it counts only where there is no other day.
  const before = spent.filter(([day]) => day !== today)
  const days = (before.length > 0 ? before : spent).map(([, nanos]) => nanos).sort((a, b) => a - b)
  const median = days[Math.floor((days.length - 1) / 2)]
  const peak = days.at(-1)
  if (median === undefined || peak === undefined) return []
  const usual = { amountUsd: friendly(median), because: days.length === 1 ? 'the day so far on record' : 'a usual day' }
  const most = { amountUsd: friendly(peak), because: 'your peak day' }
  return most.amountUsd === usual.amountUsd ? [usual] : [usual, most]
}

/** The next friendly amount up, never under a cent. */
function friendly(nanos: number): string {
  const cents = Math.max(1, Math.ceil(nanos / 10_000_000))
  const power = 10 ** Math.floor(Math.log10(cents))
  const digit = FRIENDLY_DIGITS.find((one) => Math.ceil(one * power) >= cents) ?? 10
  return (Math.ceil(digit * power) / 100).toFixed(2).replace(/\.00$/, '')
}
