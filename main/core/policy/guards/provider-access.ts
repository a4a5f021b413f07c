import { z } from 'zod'
import { describeAction, describeCalls } from '../sentences.ts'
import { accessOptions, describeLists, isOut, needsAList } from './access-rule.ts'
import type { Guard } from './guard.ts'
import { ruleBase } from './rule-schema.ts'

const schema = z.strictObject({ ...ruleBase('provider-access'), ...accessOptions }).refine(...needsAList)
export type ProviderAccessRule = z.infer<typeof schema>

/** Which providers may be called. */
export const providerAccess: Guard<ProviderAccessRule> = {
  name: 'provider-access',
  schema,
  describe: (rule) =>
    `${describeCalls(rule.scope)} to other providers than these (${describeLists(rule)}): ${describeAction(rule.action)}`,
  check: ({ call }, rule) => {
    if (!isOut([call.provider], rule)) return null
    return {
      verdict: rule.action ?? 'deny',
      code: 'provider-not-allowed',
      reason: `the provider ${call.provider} is not allowed (${describeLists(rule)})`,
      advice: 'Use another provider.',
    }
  },
}
