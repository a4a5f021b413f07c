import type { BudgetStatus } from '../../../shared/contract/contract.ts'
import { fraction, magnitude } from '../format/amounts.ts'

/** The tightest budget that is for one project alone: by its scope, or by its key where each project has one. */
export function projectBudget(budgets: readonly BudgetStatus[], project: string | null): BudgetStatus | null {
  if (project === null) return null
  const used = ({ unit, limit, raised, spent, held }: BudgetStatus) =>
    fraction(magnitude(unit, spent) + magnitude(unit, held), magnitude(unit, limit) + magnitude(unit, raised))
  return budgets.filter((budget) => isOfProject(budget, project)).sort((a, b) => used(b) - used(a))[0] ?? null
}

function isOfProject({ scope, key }: BudgetStatus, project: string): boolean {
  const { project: named } = scope
  const names = typeof named === 'string' ? [named] : Array.isArray(named) ? named : []
  return key === project || (names.length === 1 && names[0] === project)
}
