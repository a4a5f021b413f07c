import { z } from 'zod'
import { describeFound } from '../../decision/sentences.ts'
import { accessOptions, describeLists, whyOut, needsAList } from './access-rule.ts'
import type { Guard } from '../rule/guard.ts'
import { ruleBase } from '../rule/rule-schema.ts'

const schema = z.strictObject({ ...ruleBase('provider-access'), ...accessOptions }).refine(...needsAList)
export type ProviderAccessRule = z.infer<typeof schema>

/** Which providers may be called. */
export const providerAccess: Guard<ProviderAccessRule> = {
  name: 'provider-access',
  schema,
  describe: (rule) => describeFound(rule, describeLists(rule, 'to providers other than', 'to')),
  check: ({ call }, rule) => {
    const why = whyOut([call.provider], rule)
    if (why === null) return null
    return {
      verdict: rule.action ?? 'deny',
      code: 'provider-not-allowed',
      reason: `the provider ${call.provider} is not allowed (${why})`,
      advice: 'Use another provider.',
    }
  },
}
