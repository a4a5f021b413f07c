import { z } from 'zod'
import { counted, describeAction, describeEach, describeScope, describeWindow } from '../../decision/sentences.ts'
import type { Guard } from '../rule/guard.ts'
import { rateFinding } from './rate-finding.ts'
import { rateOptions, ruleBase } from '../rule/rule-schema.ts'

const schema = z.strictObject({ ...ruleBase('rate-limit'), limitCalls: z.number().int().positive(), ...rateOptions })
export type RateLimitRule = z.infer<typeof schema>

/** Calls per window. Only calls that were let through count, so a client that keeps asking does not lock itself out. */
export const rateLimit: Guard<RateLimitRule> = {
  name: 'rate-limit',
  schema,
  describe: (rule) =>
    `At most ${counted(rule.limitCalls, 'call')}${describeScope(rule.scope)}${describeEach(rule.each)} ${describeWindow(rule.per)}: beyond that ${describeAction(rule.action)}`,
  budget: (rule) => ({ unit: 'calls', limit: rule.limitCalls, per: rule.per, each: rule.each ?? null, count: 'all' }),
  check: ({ budget, nowMs }, rule) => budget && rateFinding(budget, rule, 1, nowMs),
}
