import { z } from 'zod'
import { formatTokens } from '../../../../../shared/values/format.ts'
import { describeBudgetOptions, describeSum } from '../../decision/sentences.ts'
import { capFinding } from './cap-finding.ts'
import type { Guard } from '../rule/guard.ts'
import { budgetOptions, ruleBase } from '../rule/rule-schema.ts'

const schema = z.strictObject({ ...ruleBase('token-cap'), limitTokens: z.number().int().positive(), ...budgetOptions })
export type TokenCapRule = z.infer<typeof schema>

/** Tokens per window, input and output together. Bounds holds as the spend cap does. */
export const tokenCap: Guard<TokenCapRule> = {
  name: 'token-cap',
  schema,
  describe: (rule) => describeSum(rule, `use ${formatTokens(rule.limitTokens)} tokens`) + describeBudgetOptions(rule),
  budget: (rule) => ({
    unit: 'tokens',
    limit: rule.limitTokens,
    per: rule.per,
    each: rule.each ?? null,
    count: rule.count,
  }),
  check: ({ budget, quote, timeZone, nowMs }, rule) =>
    budget && capFinding(budget, rule, quote.inputTokens, timeZone, nowMs),
}
