import type {
  ExploreAnswer,
  ExploreQuestion,
  ExploreRow,
  Facets,
  SpendFilter,
  SpendForecast,
} from '../../../shared/contract/explore.ts'
import { AllowanceError } from '../../../shared/contract/errors.ts'
import { exactUsd } from '../../../shared/values/money.ts'
import { windowAt } from '../../../shared/values/time-window.ts'
import { colouredRows, exploreRows, isPaid, MAX_COLOURED, sumsOf } from '../../core/ledger/reports/explore-report.ts'
import { pastDays, type Step, stepsOf, wholeSteps } from '../../core/ledger/reports/explore-steps.ts'
import { FORECAST_DAYS, forecastSpend } from '../../core/ledger/reports/forecast.ts'
import { fitsFilter } from '../../core/ledger/reports/spend-filter.ts'
import type { SpendPart } from '../../core/ledger/reports/spend-report.ts'
import { importedParts } from '../../ledger/queries/imported-queries.ts'
import { spanSums, stepCosts, stepTotals, type Thread } from '../../ledger/queries/explore-queries.ts'
import type { Database } from '../../ledger/store/sqlite.ts'
import { momentOf } from '../views/moment.ts'

/** What a screen asks for is read in one zone, as of one moment. */
export interface ExploreFrame {
  database: Database
  timeZone: string
  nowMs: number
}

/** Spend over time by a dimension, beside the period before, with what it comes to at this pace. Throws `usage`. */
export function exploreSpend(frame: ExploreFrame, question: ExploreQuestion): ExploreAnswer {
  const { database, timeZone, nowMs } = frame
  const { by, bucket, filter = {}, compareSince } = question
  const span = spanOf(frame, question)
  const steps = stepsOf(span, bucket, timeZone)
  if (!steps)
    throw new AllowanceError('usage', `that period is too long to show by ${bucket}`, 'ask by day, week or month')
  const thread: Thread | null = by === 'session' || by === 'conversation' ? by : null
  const parts = spanSums(database, span, { filter, thread })
  const previous =
    compareSince === undefined
      ? null
      : spanSums(database, previousSpan(span, momentOf('compareSince', compareSince, timeZone, nowMs), nowMs), {
          filter,
          thread,
        })
  const { rows, folded } = exploreRows(by, parts, previous)
  const costs = stepCosts(database, steps, { filter: firstOf(rows, by, filter), thread })
  return {
    schema: 1,
    by,
    since: iso(span[0]),
    until: iso(span[1]),
    timezone: timeZone,
    bucket,
    buckets: steps.map(([fromMs, untilMs]) => ({ from: iso(fromMs), until: iso(untilMs) })),
    total: sumsOf(parts),
    previous: previous && sumsOf(previous),
    imported: importedSums(database, span, filter),
    folded,
    ...colouredRows(by, rows, steps.length, costs, stepTotals(database, steps, { filter })),
  }
}

function importedSums(database: Database, [sinceMs, untilMs]: Step, filter: SpendFilter): ExploreAnswer['imported'] {
  const parts = importedParts(database, sinceMs, untilMs, false).filter(({ dimensions }) =>
    fitsFilter(dimensions, filter),
  )
  if (parts.length === 0) return null
  const sum = (pick: (part: SpendPart) => number) => parts.reduce((total, part) => total + pick(part), 0)
  return { calls: sum(({ calls }) => calls), costUsd: exactUsd(sum(({ costNanos }) => costNanos)) }
}

/** Of thousands of sessions or projects only those with a colour are asked for over time. */
function firstOf(rows: readonly ExploreRow[], by: string, filter: SpendFilter): SpendFilter {
  return { ...filter, [by]: rows.slice(0, MAX_COLOURED).map(({ key }) => key) }
}

/** The values that occur in a stretch of time, by dimension. Sessions and conversations are too many to choose from. */
export function facets(frame: ExploreFrame, question: { since: string; until: string }): Facets {
  const parts = spanSums(frame.database, spanOf(frame, question), { filter: {} })
  const byName: Record<string, Map<string | null, { costNanos: number; calls: number }>> = {}
  const names = new Set<string>()
  for (const { profile } of parts) for (const name in profile.values) names.add(name)
  for (const name of names) {
    const values = new Map<string | null, { costNanos: number; calls: number }>()
    for (const part of parts) {
      const value = part.profile.values[name] ?? null
      const sums = values.get(value)
      const costNanos = isPaid(part) ? part.costNanos : 0
      if (!sums) values.set(value, { costNanos, calls: part.calls })
      else {
        sums.costNanos += costNanos
        sums.calls += part.calls
      }
    }
    byName[name] = values
  }
  return Object.fromEntries(
    Object.entries(byName).map(([name, values]) => [
      name,
      [...values]
        .sort(([, a], [, b]) => b.costNanos - a.costNanos || b.calls - a.calls)
        .slice(0, MAX_VALUES)
        .map(([value, sums]) => ({ value, costUsd: exactUsd(sums.costNanos), calls: sums.calls })),
    ]),
  )
}

/** A menu with more entries does not help. */
const MAX_VALUES = 100

export function spanOf({ timeZone, nowMs }: ExploreFrame, { since, until }: { since: string; until: string }): Step {
  const sinceMs = momentOf('since', since, timeZone, nowMs)
  const untilMs = momentOf('until', until, timeZone, nowMs)
  if (untilMs < sinceMs) throw new AllowanceError('usage', 'until is before since', null)
  return wholeSteps(sinceMs, untilMs)
}

/** As long as what has passed of the time asked for: half a day is held against half a day. */
function previousSpan([sinceMs, untilMs]: Step, compareMs: number, nowMs: number): Step {
  const passedMs = Math.max(0, Math.min(untilMs, nowMs) - sinceMs)
  return wholeSteps(compareMs, Math.min(compareMs + passedMs, sinceMs))
}

/** What today and this month come to; null before there is enough to go by. */
export function forecast({ database, timeZone, nowMs }: ExploreFrame, filter: SpendFilter): SpendForecast | null {
  const days = pastDays(nowMs, FORECAST_DAYS, timeZone)
  const today = windowAt({ calendar: 'day' }, timeZone, nowMs)
  const month = windowAt({ calendar: 'month' }, timeZone, nowMs)
  const spans: Step[] = [
    [today.startMs, today.endMs],
    [month.startMs, today.startMs],
    ...days.flatMap(({ before, after }) => [before, after]),
  ]
  const nanos = stepTotals(database, spans, { filter })
  const [todayNanos = 0, earlierNanos = 0, ...halves] = nanos
  const past = days.map((_, day) => ({ beforeNanos: halves[2 * day] ?? 0, afterNanos: halves[2 * day + 1] ?? 0 }))
  const found = forecastSpend(past, {
    todayNanos,
    monthNanos: earlierNanos + todayNanos,
    daysLeft: stepsOf([today.endMs, month.endMs], 'day', timeZone)?.length ?? 0,
  })
  return (
    found && {
      dayUsd: exactUsd(found.dayNanos),
      monthUsd: exactUsd(found.monthNanos),
      basisDays: found.basisDays,
    }
  )
}

export function iso(atMs: number): string {
  return new Date(atMs).toISOString()
}
