import { z } from 'zod'
import { formatTokens } from '../../../../../shared/values/format.ts'
import { describeSum } from '../../decision/sentences.ts'
import type { Guard } from '../rule/guard.ts'
import { rateFinding } from './rate-finding.ts'
import { rateOptions, ruleBase, tokenLimit } from '../rule/rule-schema.ts'

const schema = z.strictObject({ ...ruleBase('token-rate'), limitTokens: tokenLimit, ...rateOptions })
export type TokenRateRule = z.infer<typeof schema>

/** Tokens per window, input and output together. */
export const tokenRate: Guard<TokenRateRule> = {
  name: 'token-rate',
  schema,
  describe: (rule) => describeSum(rule, `use ${formatTokens(rule.limitTokens)} tokens`),
  budget: (rule) => ({ unit: 'tokens', limit: rule.limitTokens, per: rule.per, each: rule.each ?? null, count: 'all' }),
  check: ({ budget, quote, nowMs }, rule) => budget && rateFinding(budget, rule, quote.inputTokens, nowMs),
}
