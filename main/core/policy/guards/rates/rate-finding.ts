import { formatTokens } from '../../../../../shared/values/format.ts'
import type { RuleBase } from '../../../../../shared/rules/policy.ts'
import type { BudgetState } from '../../decision/facts.ts'
import { counted, describeWindow, formatAmount } from '../../decision/sentences.ts'
import type { Finding } from '../rule/guard.ts'
import { TUNING } from '../../decision/tuning.ts'

/** What a rate says of a call that would add `amount`: when there is room again, and that it may then be tried again. */
export function rateFinding(
  budget: BudgetState,
  rule: RuleBase & { per: string },
  amount: number,
  nowMs: number,
): Finding | null {
  const used = budget.spent + budget.held
  // One call alone always passes: a rate spreads work over time, it does not forbid any.
  if (used === 0 || used + amount <= budget.limit) return null
  const freesAtMs = budget.window.rolling ? (budget.freesAtMs ?? nowMs + TUNING.MAX_RETRY_MS) : budget.window.endMs
  const retryAfterMs = Math.min(TUNING.MAX_RETRY_MS, Math.max(1_000, freesAtMs - nowMs))
  return {
    verdict: rule.action ?? 'deny',
    code: 'rate-limited',
    reason: `${budget.unit === 'tokens' ? formatTokens(used) : used} of ${formatAmount(budget.unit, budget.limit)} ${describeWindow(rule.per)} used${budget.key ? ` for ${budget.key}` : ''}`,
    advice: `There is room again in ${counted(Math.ceil(retryAfterMs / 1_000), 'second')}.`,
    delayMs: retryAfterMs,
    retryAfterMs,
  }
}
