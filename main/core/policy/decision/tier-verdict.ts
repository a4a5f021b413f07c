import type { CallFacts } from '../../../../shared/calls/events.ts'
import type { Tier } from '../../../../shared/rules/policy.ts'
import type { Verdict } from '../../../../shared/calls/verdict.ts'
import { namedAlternative } from '../../pricing/cheaper/suggest-models.ts'
import type { BudgetState } from './facts.ts'
import { dimensionsOf, inScope } from '../document/scope.ts'
import { describeScope } from './sentences.ts'

/**
 * What the policy's tiers say of a call: a warning that names the cheaper model, where their scope holds and less than
 * the named share is left of a spend budget that the call falls under. Null where none does.
 */
export function tierVerdict(call: CallFacts, tiers: readonly Tier[], budgets: readonly BudgetState[]): Verdict | null {
  if (tiers.length === 0 || call.requestModel === null) return null
  const left = shareLeft(budgets)
  const dimensions = dimensionsOf(call)
  const holding = tiers.filter(
    ({ when }) =>
      (when.leftBelow === undefined || (left !== null && left < when.leftBelow)) && inScope(when.scope, dimensions),
  )
  const model = namedAlternative(call.requestModel, holding)
  if (model === null) return null
  const why = left === null ? '' : `; ${Math.floor(left * 100)} % of the budget is left`
  return {
    guard: 'tiers',
    rule: null,
    verdict: 'warn',
    reason: `the policy suggests ${model} instead of ${call.requestModel}${why}`,
  }
}

/** A tier in a sentence: which calls, which model instead of which, and when. */
export function describeTier({ when, suggest }: Tier): string {
  const pairs = Object.entries(suggest).map(([pattern, model]) => `${model} instead of ${pattern}`)
  const until =
    when.leftBelow === undefined ? '' : `, once less than ${Math.round(when.leftBelow * 100)} % of a budget is left`
  return `Calls${describeScope(when.scope)}: ${pairs.join(', ')} is suggested${until}`
}

/** Of the tightest budget of money, 0–1; null without one. */
function shareLeft(budgets: readonly BudgetState[]): number | null {
  const shares = budgets
    .filter(({ unit }) => unit === 'usd')
    .map(({ limit, raised, spent, held }) => Math.max(0, limit + raised - spent - held) / Math.max(1, limit + raised))
  return shares.length > 0 ? Math.min(...shares) : null
}
