import type { GuardAnswer } from '../../../shared/contract/contract.ts'
import { exactUsd } from '../../../shared/values/money.ts'
import { isSpendCap, leftInAll } from '../../core/ledger/balances/budget-status.ts'
import type { BudgetState } from '../../core/policy/decision/facts.ts'
import type { GatewayView } from '../views/gateway-view.ts'

/**
 * Whether that much is left on every spend cap that a call with these values would fall under. Caps of one value each
 * (`each`) count when the value is given. Without a cap there is no end: the answer is yes, and `leftUsd` null.
 */
export function guardAnswer(
  view: GatewayView,
  minLeftNanos: number,
  values: Readonly<Record<string, string>>,
): GuardAnswer {
  const { balances } = view.books
  const dimensions = { billing: 'metered' as const, values: { developer: view.developer.id, ...values } }
  const states = balances.statesFor(dimensions, view.clock()).filter((state) => isSpendCap(state) && !isKeyless(state))
  const least = states.reduce<BudgetState | null>(
    (best, state) => (best === null || leftInAll(state) < leftInAll(best) ? state : best),
    null,
  )
  if (least === null) return { schema: 1, ok: true, leftUsd: null, rule: null, resetsAt: null }
  const left = Math.max(0, leftInAll(least))
  return {
    schema: 1,
    ok: left >= minLeftNanos,
    leftUsd: exactUsd(left),
    rule: least.rule.id,
    resetsAt: least.window.rolling ? null : new Date(least.window.endMs).toISOString(),
  }
}

/** A budget for each value of something that was not said. */
function isKeyless(state: BudgetState): boolean {
  return state.key === ''
}
