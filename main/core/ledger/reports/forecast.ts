import type { UsdNanos } from '../../../../shared/values/money.ts'

/** Days looked back on: four weeks, so that each day of the week counts alike. */
export const FORECAST_DAYS = 28

/** With fewer days than this nobody can say what a day usually costs. */
const FEWEST_DAYS = 3

export interface PastDay {
  /** Spent up to the time of day that it is now, and after it. */
  beforeNanos: UsdNanos
  afterNanos: UsdNanos
}

export interface SoFar {
  todayNanos: UsdNanos
  /** This month, today included. */
  monthNanos: UsdNanos
  /** Whole days of this month after today. */
  daysLeft: number
}

export interface Forecast {
  dayNanos: UsdNanos
  monthNanos: UsdNanos
  basisDays: number
}

/**
 * The rest of today costs what the same hours cost on average since spending began, over at most four weeks; each day
 * of the month after it costs what such a day cost in all. Null before there are three days to go by. It knows of no trend and of no weekend.
 */
export function forecastSpend(days: readonly PastDay[], { todayNanos, monthNanos, daysLeft }: SoFar): Forecast | null {
  const first = days.findIndex(({ beforeNanos, afterNanos }) => beforeNanos + afterNanos > 0)
  const counted = first < 0 ? [] : days.slice(first)
  if (counted.length < FEWEST_DAYS) return null
  const meanOf = (read: (day: PastDay) => number) =>
    Math.round(counted.reduce((sum, day) => sum + read(day), 0) / counted.length)
  const restNanos = meanOf((day) => day.afterNanos)
  const wholeNanos = meanOf((day) => day.beforeNanos + day.afterNanos)
  return {
    dayNanos: todayNanos + restNanos,
    monthNanos: monthNanos + restNanos + daysLeft * wholeNanos,
    basisDays: counted.length,
  }
}
