import type { RuleBase } from '../../../../shared/rules/policy.ts'
import { parsePeriod } from '../../../../shared/values/time-window.ts'
import { guardNamed } from '../../policy/guards/registry.ts'
import type { BudgetDefinition } from './budget-sums.ts'

/** The budgets that rules want kept; rules without one are left out. */
export function budgetDefinitions(rules: readonly RuleBase[]): BudgetDefinition[] {
  return rules.flatMap((rule) => {
    const demand = guardNamed(rule.guard)?.budget?.(rule)
    const period = demand && parsePeriod(demand.per)
    return demand && period ? [{ rule, demand, period }] : []
  })
}
