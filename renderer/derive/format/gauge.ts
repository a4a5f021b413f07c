import type { BudgetStatus, Status } from '../../../shared/contract/contract.ts'
import { fraction, magnitude } from './amounts.ts'

export type Level = 'calm' | 'warn' | 'stop'

/** Marks below this are for information (half is spent); from here on a budget looks tight. */
const TIGHT_FROM = 0.75
/** Where a budget without such a mark begins to look tight. */
const DEFAULT_TIGHT = 0.8

export interface Gauge {
  /** Parts of limit + raised, between 0 and 1; together at most 1. */
  spent: number
  held: number
  marks: readonly number[]
  level: Level
}

/** A budget as a picture: how far it is, what is held on top, and how worried to look. */
export function gaugeOf(
  budget: Pick<BudgetStatus, 'unit' | 'limit' | 'raised' | 'spent' | 'held' | 'left' | 'warnAt'>,
): Gauge {
  const size = (amount: string) => magnitude(budget.unit, amount)
  const limit = size(budget.limit)
  const whole = limit + size(budget.raised)
  const spent = fraction(size(budget.spent), whole)
  const held = Math.min(1 - spent, fraction(size(budget.held), whole))
  // A mark is a part of the limit as the policy wrote it; a raise moves it inwards.
  const marks = (budget.warnAt ?? []).map((mark) => fraction(mark * limit, whole)).filter((mark) => mark < 1)
  const worry = Math.min(...marks.filter((mark) => mark >= TIGHT_FROM), 1)
  const level = size(budget.left) <= 0 ? 'stop' : spent + held >= (worry < 1 ? worry : DEFAULT_TIGHT) ? 'warn' : 'calm'
  return { spent, held, marks, level }
}

/** The budget behind the status's headline; null when no spend budget is in force. */
export function tightestBudget(status: Status): BudgetStatus | null {
  const { rule, spentUsd, limitUsd } = status.spend
  if (rule === null || limitUsd === null) return null
  const candidates = status.budgets.filter((budget) => budget.rule === rule && budget.unit === 'usd')
  return candidates.find((budget) => budget.spent === spentUsd) ?? candidates[0] ?? null
}

/** The same numbers from the headline, where the list of budgets does not hold it. */
export function headlineBudget(status: Status): BudgetStatus | null {
  const budget = tightestBudget(status)
  const { rule, limitUsd, spentUsd, heldUsd, raisedUsd, leftUsd, resetsAt } = status.spend
  if (budget || rule === null || limitUsd === null) return budget
  return {
    rule,
    guard: 'spend-cap',
    unit: 'usd',
    key: null,
    scope: {},
    limit: limitUsd,
    raised: raisedUsd,
    spent: spentUsd,
    held: heldUsd,
    left: leftUsd ?? '0',
    windowStart: status.at,
    resetsAt,
  }
}

/** All budgets but the headline's, the fullest first. */
export function otherBudgets(status: Status): BudgetStatus[] {
  const headline = tightestBudget(status)
  const fullness = (budget: BudgetStatus) => {
    const gauge = gaugeOf(budget)
    return gauge.spent + gauge.held
  }
  return status.budgets.filter((budget) => budget !== headline).sort((a, b) => fullness(b) - fullness(a))
}

/** `tests`, `each-session: s1`, with what it is limited to: `environment test, ci`. */
export function scopeWords(budget: Pick<BudgetStatus, 'scope'>): string | null {
  const words = Object.entries(budget.scope).map(([dimension, patterns]) => {
    const text = Array.isArray(patterns) ? patterns.join(', ') : String(patterns)
    return `${dimension.replace(/^tag:/, '')} ${text}`
  })
  return words.length > 0 ? words.join(' · ') : null
}
