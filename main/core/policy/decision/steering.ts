import type { BudgetState } from './facts.ts'
import { formatAmount } from './sentences.ts'

/** What an agent is told near the end of a budget, and the share (of the policy's `steering.at`) that was passed. */
export interface SteeringNotice {
  rule: string
  at: number
  text: string
}

/**
 * The notice for the budget that is nearest to its end, once it has passed one of the shares: so that an agent wraps
 * up by itself before it is stopped. Null below all of them. Only budgets that deny are worth a word.
 */
export function steeringNotice(budgets: readonly BudgetState[], shares: readonly number[]): SteeringNotice | null {
  let nearest: { budget: BudgetState; used: number } | null = null
  for (const budget of budgets) {
    const used = budget.spent / Math.max(1, budget.limit + budget.raised)
    if (nearest === null || used > nearest.used) nearest = { budget, used }
  }
  if (nearest === null) return null
  const { budget, used } = nearest
  const passed = shares.filter((share) => used >= share)
  if (passed.length === 0) return null
  const amounts = `${formatAmount(budget.unit, budget.spent)} of ${formatAmount(budget.unit, budget.limit + budget.raised)}`
  return {
    rule: budget.rule.id,
    at: Math.max(...passed),
    text: `[Allowance] ${Math.floor(used * 100)} % of the budget is used (${amounts}). Finish the step at hand, leave things in order and report; begin nothing new.`,
  }
}
