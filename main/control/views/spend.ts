import {
  isSpendPeriod,
  type ModelSuggestion,
  type SpendReport,
  type SpendSeries,
} from '../../../shared/contract/contract.ts'
import { AllowanceError } from '../../../shared/contract/errors.ts'
import { exactUsd } from '../../../shared/values/money.ts'
import { windowAt } from '../../../shared/values/time-window.ts'
import type { Tier } from '../../../shared/rules/policy.ts'
import { ROLLUP_STEP_MS } from '../../core/ledger/reports/rollup.ts'
import { type SpendPart, spendReport } from '../../core/ledger/reports/spend-report.ts'
import { valueOf } from '../../core/policy/document/scope.ts'
import type { PriceBook } from '../../core/pricing/rates/rate-card.ts'
import { suggestModels } from '../../core/pricing/cheaper/suggest-models.ts'
import { whatIf } from '../../core/pricing/cheaper/what-if.ts'
import { importedParts } from '../../ledger/queries/imported-queries.ts'
import { grainOf, spendBySteps, type SpendGrain, spendParts } from '../../ledger/queries/spend-queries.ts'
import type { Database } from '../../ledger/store/sqlite.ts'
import { momentOf } from './moment.ts'

export interface SpendInput {
  by: string
  /** `7d`, `today`, a date, a time; today when it is left out. */
  since?: string | undefined
  until?: string | undefined
  /** A model: what the same tokens would have cost on it. */
  whatIf?: string | undefined
  /** History from session files beside what was metered; it is where nothing is said. */
  imported?: boolean | undefined
}

const HOUR_MS = 3_600_000
const DAY_MS = 24 * HOUR_MS

/** A line has this many points at most: more than a screen has pixels for. */
const MAX_POINTS = 1_000

/** Where the money went. Throws `usage` when a time is none. */
export function spendBy(
  database: Database,
  input: SpendInput,
  timeZone: string,
  nowMs: number,
  prices: PriceBook | null = null,
): SpendReport {
  const { sinceMs, untilMs } = spanOf(input, timeZone, nowMs)
  const question = { by: input.by, sinceMs, untilMs, timeZone }
  const { whatIf: model } = input
  if (model !== undefined && isSpendPeriod(input.by)) {
    throw new AllowanceError('usage', `${input.by}s cannot be priced on another model`, '--what-if MODEL --by model')
  }
  const byTime = isSpendPeriod(input.by)
  const grain = byTime ? timeGrain(timeZone, sinceMs, untilMs) : grainOf([input.by])
  const parts = spendParts(database, sinceMs, wholeIfNow(untilMs, nowMs), grain)
  if (model !== undefined && prices !== null) return spendReport(question, pricedOn(parts, model, prices, nowMs))
  const imported = input.imported === false ? [] : importedParts(database, sinceMs, untilMs, byTime)
  return spendReport(question, [...parts, ...imported])
}

/** Throws `usage` where nobody sells that model. */
function pricedOn(parts: SpendPart[], model: string, prices: PriceBook, nowMs: number): SpendPart[] {
  const priced = parts.map((part) => {
    const [provider, used] = ['provider', 'model'].map((name) => valueOf(part.dimensions, name) ?? '')
    return {
      ...part,
      whatIfNanos: whatIf(prices, { ...part, provider: provider ?? '', model: used ?? '' }, model, nowMs),
    }
  })
  if (priced.length > 0 && priced.every(({ whatIfNanos }) => whatIfNanos === null)) {
    throw new AllowanceError(
      'usage',
      `no price is known for "${model}"`,
      '--what-if gpt-5-mini, or anthropic/claude-haiku-4-5',
    )
  }
  return priced
}

/** Work that would have cost less on another model: the policy's alternatives, else the vendor's cheaper ones. */
export function spendSuggestions(
  database: Database,
  input: Omit<SpendInput, 'by' | 'whatIf'>,
  timeZone: string,
  nowMs: number,
  prices: PriceBook,
  tiers: readonly Tier[],
): ModelSuggestion[] {
  return suggestModels(spendPartsOf(database, input, timeZone, nowMs).parts, tiers, prices, nowMs)
}

/** The same sums before they are grouped, with the time that they are of: for exports. */
export function spendPartsOf(
  database: Database,
  input: Omit<SpendInput, 'by'>,
  timeZone: string,
  nowMs: number,
): { sinceMs: number; untilMs: number; parts: SpendPart[] } {
  const { sinceMs, untilMs } = spanOf(input, timeZone, nowMs)
  return { sinceMs, untilMs, parts: spendParts(database, sinceMs, wholeIfNow(untilMs, nowMs), 'thread') }
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
  // Whole hours, where a point has more than one: they are summed already.
  const grain = quarters > MAX_POINTS ? 'hour' : 'quarter'
  const grainMs = grain === 'hour' ? HOUR_MS : ROLLUP_STEP_MS
  const stepMs = grainMs * Math.max(1, Math.ceil((untilMs - sinceMs) / grainMs / MAX_POINTS))
  const firstMs = Math.floor(sinceMs / grainMs) * grainMs
  const sums = new Map<number, number>()
  for (let atMs = firstMs; atMs < untilMs; atMs += stepMs) sums.set(atMs, 0)
  for (const { atMs, nanos } of spendBySteps(database, firstMs, untilMs, grain)) {
    const step = firstMs + Math.floor((atMs - firstMs) / stepMs) * stepMs
    sums.set(step, (sums.get(step) ?? 0) + nanos)
  }
  return {
    stepMs,
    points: [...sums].map(([atMs, nanos]) => ({ at: new Date(atMs).toISOString(), costUsd: exactUsd(nanos) })),
  }
}

/** Hours where the zone's begin with those of UTC all the time, as most do: there are fewer of them. */
function timeGrain(timeZone: string, sinceMs: number, untilMs: number): SpendGrain {
  for (let atMs = sinceMs; atMs < untilMs + DAY_MS; atMs += DAY_MS)
    if (windowAt({ calendar: 'hour' }, timeZone, Math.min(atMs, untilMs)).startMs % HOUR_MS !== 0) return 'quarter'
  return 'hour'
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

/** Up to now means all there is: the quarter-hour that is not over yet is taken from the roll-up as well. */
function wholeIfNow(untilMs: number, nowMs: number): number {
  return untilMs < nowMs ? untilMs : Math.ceil((nowMs + 1) / ROLLUP_STEP_MS) * ROLLUP_STEP_MS
}
