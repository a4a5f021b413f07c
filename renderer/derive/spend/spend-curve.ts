import type { SpendSeries } from '../../../shared/contract/contract.ts'
import { NANOS_PER_USD } from '../../../shared/values/money.ts'
import { nanosOf } from '../format/amounts.ts'

/** The chart's columns, in dollars and epoch seconds: the one place where money becomes a float, because pixels do. */
export interface SpendCurve {
  seconds: number[]
  /** Cost of each step. */
  steps: (number | null)[]
  /** Spent since the window began, up to now. */
  total: (number | null)[]
  /** From now at the present pace to the end of the window, or to the cap. */
  forecast: (number | null)[]
}

export interface CurveFrame {
  startMs: number
  endMs: number
  nowMs: number
  burnUsdPerHour: string
  limitUsd: string | null
}

/** Today's series as columns over the whole window, with the forecast as two points of its own. */
export function spendCurve(series: SpendSeries, frame: CurveFrame): SpendCurve {
  const curve: SpendCurve = { seconds: [], steps: [], total: [], forecast: [] }
  const push = (atMs: number, step: number | null, total: number | null, forecast: number | null) => {
    curve.seconds.push(atMs / 1_000)
    curve.steps.push(step)
    curve.total.push(total)
    curve.forecast.push(forecast)
  }
  let nanos = 0
  push(firstShownMs(series, frame), null, 0, null)
  for (const point of series.points) {
    const atMs = Date.parse(point.at)
    if (atMs + series.stepMs <= curve.seconds[0]! * 1_000 || atMs >= frame.endMs || atMs > frame.nowMs) continue
    const cost = nanosOf(point.costUsd)
    nanos += cost
    // A step is drawn where it ends: the money is gone by then, and not before.
    const shownMs = Math.min(atMs + series.stepMs, frame.nowMs)
    if (shownMs / 1_000 > curve.seconds.at(-1)!) push(shownMs, dollars(cost), dollars(nanos), null)
  }
  const spent = dollars(nanos)
  const lastMs = curve.seconds.at(-1)! * 1_000
  if (frame.nowMs > lastMs && frame.nowMs < frame.endMs) push(frame.nowMs, null, spent, spent)
  else curve.forecast[curve.forecast.length - 1] = spent
  const end = forecastEnd(spent, frame)
  if (end) push(end.atMs, null, null, end.total)
  return curve
}

/** The night before the first call says nothing: the picture begins an hour before it. */
function firstShownMs(series: SpendSeries, frame: CurveFrame): number {
  const first = series.points.find((point) => nanosOf(point.costUsd) > 0)
  const firstMs = first ? Date.parse(first.at) : frame.nowMs
  return Math.max(frame.startMs, Math.min(firstMs, frame.nowMs) - 3_600_000)
}

function forecastEnd(spent: number, frame: CurveFrame): { atMs: number; total: number } | null {
  const burn = dollars(nanosOf(frame.burnUsdPerHour))
  const leftHours = (frame.endMs - frame.nowMs) / 3_600_000
  if (burn <= 0 || leftHours <= 0) return null
  const limit = frame.limitUsd === null ? null : dollars(nanosOf(frame.limitUsd))
  const total = spent + burn * leftHours
  if (limit === null || total <= limit) return { atMs: frame.endMs, total }
  if (spent >= limit) return null
  return { atMs: frame.nowMs + ((limit - spent) / burn) * 3_600_000, total: limit }
}

function dollars(nanos: number): number {
  return nanos / NANOS_PER_USD
}
