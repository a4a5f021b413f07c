import type { BudgetState } from './facts.ts'

/**
 * How a shared budget stands for an answer that runs. It cannot wait for the next lease, so it may take its part of what
 * nobody had leased at the last report; that is reported in turn. All machines together take no more than is there. Not
 * while the server is away: then the lease is all there is.
 */
export function beyondLease(budget: BudgetState): BudgetState {
  const { shared } = budget
  if (!shared || shared.upTo === null || shared.isFinal) return budget
  const left = budget.limit + budget.raised - shared.leasedElsewhere - shared.upTo
  const part = Math.max(0, Math.floor(left / (shared.machines + 1)))
  return { ...budget, shared: { ...shared, upTo: shared.upTo + part } }
}
