import { isSpendPeriod, type SpendReport } from '../../../shared/contract/contract.ts'
import { formatPeriod } from '../../../shared/values/format.ts'
import { exactUsd } from '../../../shared/values/money.ts'
import type { Usage } from '../../../shared/calls/usage.ts'
import { fraction, nanosOf } from '../format/amounts.ts'
import { moment } from '../format/times.ts'

/** One line of a report, in words: what nobody said is `no project`, and the tail is one line. */
export interface NamedRow {
  name: string
  /** What it is called in the ledger; null where nobody said, or where it is several. */
  key: string | null
  calls: number
  refused: number
  costUsd: string
}

/** The most expensive rows first; beyond `limit` the rest is one row, so that the lines always add up to the total. */
export function topRows(report: SpendReport, limit: number): NamedRow[] {
  const rows: NamedRow[] = named(report).sort(mostExpensive)
  if (rows.length <= limit) return rows
  const tail = rows.slice(limit - 1)
  const sum = (read: (row: NamedRow) => number) => tail.reduce((total, row) => total + read(row), 0)
  return [
    ...rows.slice(0, limit - 1),
    {
      name: `${tail.length} others`,
      key: null,
      calls: sum((row) => row.calls),
      refused: sum((row) => row.refused),
      costUsd: exactUsd(sum((row) => nanosOf(row.costUsd))),
    },
  ]
}

/** A whole report: hours in their order, everything else by what it cost. */
export function reportRows(report: SpendReport, timeZone: string) {
  const rows = named(report)
  if (!isSpendPeriod(report.by)) return rows.sort(mostExpensive)
  const untilMs = Date.parse(report.until)
  return rows
    .sort((a, b) => (a.name < b.name ? 1 : -1))
    .map((row) => (Number.isNaN(Date.parse(row.name)) ? row : { ...row, name: periodName(row.name) }))

  function periodName(start: string): string {
    return report.by === 'day' || report.by === 'week' || report.by === 'month'
      ? formatPeriod(report.by, Date.parse(start), timeZone)
      : moment(start, timeZone, untilMs)
  }
}

function named(report: SpendReport) {
  return report.rows
    .filter((row) => row.calls > 0 || row.refused > 0)
    .map((row) => ({ ...row, name: row.key ?? `no ${report.by.replace(/^tag:/, '')}` }))
}

function mostExpensive(a: { costUsd: string; calls: number }, b: { costUsd: string; calls: number }): number {
  return nanosOf(b.costUsd) - nanosOf(a.costUsd) || b.calls - a.calls
}

/** How much of the input came from the provider's cache, 0 to 1. */
export function cachedShare(usage: Usage): number {
  return fraction(usage.cacheRead, usage.uncachedInput + usage.cacheRead + usage.cacheWrite5m + usage.cacheWrite1h)
}
