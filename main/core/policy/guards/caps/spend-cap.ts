import { z } from 'zod'
import { formatUsd } from '../../../../../shared/values/money.ts'
import { describeBudgetOptions, describeSum } from '../../decision/sentences.ts'
import { capFinding } from './cap-finding.ts'
import type { Guard } from '../rule/guard.ts'
import { budgetOptions, ruleBase, usdLimit } from '../rule/rule-schema.ts'

const schema = z.strictObject({
  ...ruleBase('spend-cap'),
  limitUsd: usdLimit,
  ...budgetOptions,
  /** Predicted cache discounts count as money: more fits, and a cache that fails can break the cap. */
  trustCache: z.boolean().default(false),
})
export type SpendCapRule = z.infer<typeof schema>

/** Dollars per window. When it denies, it also bounds every hold (policy/size-hold), so that it holds to the cent. */
export const spendCap: Guard<SpendCapRule> = {
  name: 'spend-cap',
  schema,
  describe: (rule) =>
    describeSum(rule, `spend ${formatUsd(rule.limitUsd)}`) +
    describeBudgetOptions(rule) +
    (rule.trustCache ? ' (predicted cache discounts are counted on: a cache that fails can break it)' : ''),
  budget: (rule) => ({ unit: 'usd', limit: rule.limitUsd, per: rule.per, each: rule.each ?? null, count: rule.count }),
  check: ({ budget, quote, timeZone, nowMs }, rule) =>
    budget && capFinding(budget, rule, quote.expectedInputNanos, timeZone, nowMs),
}
