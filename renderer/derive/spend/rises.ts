import type { SpendSeries } from '../../../shared/contract/contract.ts'
import { nanosOf } from '../format/amounts.ts'

/** A step of the chart in which something was spent. */
export interface Rise {
  fromMs: number
  untilMs: number
  costUsd: string
}

/** All of them since `startMs`, oldest first; the last one may still be going on. */
export function risesOf(series: SpendSeries | null, startMs: number, nowMs: number): Rise[] {
  if (!series) return []
  const rises: Rise[] = []
  for (const { at, costUsd } of series.points) {
    const fromMs = Date.parse(at)
    const untilMs = fromMs + series.stepMs
    if (nanosOf(costUsd) > 0 && untilMs > startMs && fromMs <= nowMs) rises.push({ fromMs, untilMs, costUsd })
  }
  return rises
}

/** The one that a moment lies in; null where nothing was spent. */
export function riseAt(rises: readonly Rise[], atMs: number): Rise | null {
  return rises.find(({ fromMs, untilMs }) => fromMs <= atMs && atMs < untilMs) ?? null
}
