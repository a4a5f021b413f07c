import type { SpendReport, SpendSeries } from '../../shared/contract.ts'
import { AllowanceError } from '../../shared/errors.ts'
import { exactUsd } from '../../shared/money.ts'
import { parseMoment } from '../core/ledger/parse-moment.ts'
import { ROLLUP_STEP_MS } from '../core/ledger/rollup.ts'
import { type SpendPart, spendReport } from '../core/ledger/spend-report.ts'
import { spendBySteps, spendParts } from '../ledger/spend-queries.ts'
import type { Database } from '../ledger/sqlite.ts'

export interface SpendInput {
  by: string
  /** `7d`, `today`, a date, a time; today when it is left out. */
  since?: string | undefined
  until?: string | undefined
}

/** A line has this many points at most: more than a screen has pixels for. */
const MAX_POINTS = 1_000

/** Where the money went. Throws `usage` when a time is none. */
export function spendBy(database: Database, input: SpendInput, timeZone: string, nowMs: number): SpendReport {
  const { sinceMs, untilMs } = spanOf(input, timeZone, nowMs)
  const question = { by: input.by, sinceMs, untilMs, timeZone }
  return spendReport(question, spendParts(database, sinceMs, wholeIfNow(untilMs, nowMs), input.by === 'hour'))
}

/** The same sums before they are grouped, with the time that they are of: for exports. */
export function spendPartsOf(
  database: Database,
  input: Omit<SpendInput, 'by'>,
  timeZone: string,
  nowMs: number,
): { sinceMs: number; untilMs: number; parts: SpendPart[] } {
  const { sinceMs, untilMs } = spanOf(input, timeZone, nowMs)
  return { sinceMs, untilMs, parts: spendParts(database, sinceMs, wholeIfNow(untilMs, nowMs), false) }
}

/** Spend over time in equal steps, the empty ones too. */
export function spendSeries(
  database: Database,
  input: Omit<SpendInput, 'by'>,
  timeZone: string,
  nowMs: number,
): SpendSeries {
  const { sinceMs, untilMs } = spanOf(input, timeZone, nowMs)
  const quarters = Math.ceil((untilMs - sinceMs) / ROLLUP_STEP_MS)
  const stepMs = ROLLUP_STEP_MS * Math.max(1, Math.ceil(quarters / MAX_POINTS))
  const firstMs = Math.floor(sinceMs / ROLLUP_STEP_MS) * ROLLUP_STEP_MS
  const sums = new Map<number, number>()
  for (let atMs = firstMs; atMs < untilMs; atMs += stepMs) sums.set(atMs, 0)
  for (const { atMs, nanos } of spendBySteps(database, firstMs, untilMs)) {
    const step = firstMs + Math.floor((atMs - firstMs) / stepMs) * stepMs
    sums.set(step, (sums.get(step) ?? 0) + nanos)
  }
  return {
    stepMs,
    points: [...sums].map(([atMs, nanos]) => ({ at: new Date(atMs).toISOString(), costUsd: exactUsd(nanos) })),
  }
}

function spanOf(
  { since, until }: Omit<SpendInput, 'by'>,
  timeZone: string,
  nowMs: number,
): { sinceMs: number; untilMs: number } {
  const sinceMs = momentOf('since', since ?? 'today', timeZone, nowMs)
  const untilMs = until === undefined ? nowMs : momentOf('until', until, timeZone, nowMs)
  if (untilMs < sinceMs) throw new AllowanceError('usage', 'until is before since', '--since 7d --until yesterday')
  return { sinceMs, untilMs }
}

/** Epoch milliseconds. Throws `usage` with the forms that are understood. */
export function momentOf(name: string, text: string, timeZone: string, nowMs: number): number {
  const atMs = parseMoment(text, nowMs, timeZone)
  if (atMs !== null) return atMs
  throw new AllowanceError(
    'usage',
    `${name} "${text}" is no time`,
    'today, yesterday, 24h, 7d, 2026-11-23 or 2026-11-23T14:00Z',
  )
}

/** Up to now means all there is: the quarter-hour that is not over yet is taken from the roll-up as well. */
function wholeIfNow(untilMs: number, nowMs: number): number {
  return untilMs < nowMs ? untilMs : Math.ceil((nowMs + 1) / ROLLUP_STEP_MS) * ROLLUP_STEP_MS
}
