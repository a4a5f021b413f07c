import type { RuleBase } from '../../../../../shared/rules/policy.ts'
import type { BudgetState } from '../../decision/facts.ts'
import { describeBudget } from '../../decision/sentences.ts'
import type { Finding } from '../rule/guard.ts'

/**
 * What a cap says before the hold is sized: a warning when a threshold is passed, and the rule's own action when the
 * limit is reached and that action is not to deny. Denying is not said here: whether a call still fits is a question
 * of how much it holds, and that is decided once, for all budgets together (policy/size-hold).
 */
export function capFinding(
  budget: BudgetState,
  rule: RuleBase & { warnAt: number[] },
  inputAmount: number,
  timeZone: string,
  nowMs: number,
): Finding | null {
  const limit = budget.limit + budget.raised
  // Only on demand: most calls have nothing to be told, and dates are slow to write.
  const reason = () => describeBudget(budget, timeZone, nowMs)
  const action = rule.action ?? 'deny'
  if (action !== 'deny' && budget.spent + budget.held + inputAmount > limit)
    return { verdict: action, reason: reason(), code: 'cap-reached' }
  const passed = thresholdPassed(budget, rule.warnAt)
  return passed === null ? null : { verdict: 'warn', reason: reason(), code: 'cap-reached' }
}

/** The highest threshold (a share of the limit) that what is spent has passed; null when none. */
export function thresholdPassed(budget: BudgetState, warnAt: readonly number[]): number | null {
  const limit = budget.limit + budget.raised
  const passed = warnAt.filter((share) => budget.spent >= limit * share)
  return passed.length > 0 ? Math.max(...passed) : null
}
