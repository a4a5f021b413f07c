import { type Bucket, MAX_BUCKETS } from '../../../../shared/contract/explore.ts'
import { windowAt } from '../../../../shared/values/time-window.ts'
import { ROLLUP_STEP_MS } from './rollup.ts'

export type Step = readonly [fromMs: number, untilMs: number]

/** Spend is summed by quarter-hour, so a stretch of time begins and ends on one. */
export function wholeSteps(sinceMs: number, untilMs: number): Step {
  const fromMs = Math.floor(sinceMs / ROLLUP_STEP_MS) * ROLLUP_STEP_MS
  return [fromMs, Math.max(fromMs, Math.ceil(untilMs / ROLLUP_STEP_MS) * ROLLUP_STEP_MS)]
}

/**
 * A stretch of time cut at the hours, days, weeks or months of a time zone; the first and the last may be cut short.
 * Null where that would be too many.
 */
export function stepsOf([sinceMs, untilMs]: Step, bucket: Bucket, timeZone: string): Step[] | null {
  const steps: Step[] = []
  for (let fromMs = sinceMs; fromMs < untilMs; ) {
    if (steps.length >= MAX_BUCKETS) return null
    const endMs =
      bucket === 'quarter' ? fromMs + ROLLUP_STEP_MS : windowAt({ calendar: bucket }, timeZone, fromMs).endMs
    const stepEndMs = Math.min(endMs, untilMs)
    steps.push([fromMs, stepEndMs])
    fromMs = stepEndMs
  }
  return steps
}

/** The whole days of a time zone before the one that holds `nowMs`, each cut at the time of day that it is now, oldest first. */
export function pastDays(nowMs: number, days: number, timeZone: string): { before: Step; after: Step }[] {
  const past: { before: Step; after: Step }[] = []
  const today = windowAt({ calendar: 'day' }, timeZone, nowMs)
  const passedMs = Math.floor((nowMs - today.startMs) / ROLLUP_STEP_MS) * ROLLUP_STEP_MS
  let untilMs = today.startMs
  for (let count = 0; count < days; count += 1) {
    const { startMs } = windowAt({ calendar: 'day' }, timeZone, untilMs - 1)
    // A day that the clock made shorter may be over before this time of day.
    const cutMs = Math.min(startMs + passedMs, untilMs)
    past.unshift({ before: [startMs, cutMs], after: [cutMs, untilMs] })
    untilMs = startMs
  }
  return past
}
