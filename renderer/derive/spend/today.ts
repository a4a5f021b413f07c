import type { SpendReport, Status } from '../../../shared/contract/contract.ts'
import { windowAt } from '../../../shared/values/time-window.ts'
import { tightestBudget } from '../format/gauge.ts'

/** Today in the policy's time zone: where the chart and the sums begin and end. */
export function todayWindow(timeZone: string, nowMs: number): { startMs: number; endMs: number } {
  const { startMs, endMs } = windowAt({ calendar: 'day' }, timeZone, nowMs)
  return { startMs, endMs }
}

/**
 * What was spent today, over everything. The status's headline is fresher, but it is one budget's: it is taken only
 * where that budget counts every call of today, or where there is no budget at all.
 */
export function spentToday(status: Status, report: SpendReport | null, nowMs: number): string {
  const budget = tightestBudget(status)
  if (!budget) return status.spend.spentUsd
  const { startMs } = todayWindow(status.timezone, nowMs)
  const whole =
    Object.keys(budget.scope).length === 0 && budget.key === null && Date.parse(budget.windowStart) === startMs
  return whole || !report ? status.spend.spentUsd : report.total.costUsd
}
