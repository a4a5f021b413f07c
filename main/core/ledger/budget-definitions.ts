import type { RuleBase } from '../../../shared/policy.ts'
import { parsePeriod } from '../../../shared/time-window.ts'
import { guardNamed } from '../policy/guards/registry.ts'
import type { BudgetDefinition } from './balances.ts'

/** The budgets that rules want kept, each with its period. */
export function definitionsOf(rules: readonly RuleBase[]): BudgetDefinition[] {
  return rules.flatMap((rule) => {
    const demand = guardNamed(rule.guard)?.budget?.(rule)
    const period = demand && parsePeriod(demand.per)
    return demand && period ? [{ rule, demand, period }] : []
  })
}
