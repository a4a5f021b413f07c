import { z } from 'zod'
import { formatTokens } from '../../../../shared/format.ts'
import { describeAction, describeCalls } from '../sentences.ts'
import type { Guard } from './guard.ts'
import { ruleBase, tokenLimit } from './rule-schema.ts'

const schema = z.strictObject({ ...ruleBase('context-cap'), limitTokens: tokenLimit })
export type ContextCapRule = z.infer<typeof schema>

/**
 * Input tokens of one call. Refused as the provider's own context error, because agents that can then compact do. The
 * call that compacts holds the very history that was too much: it passes, or the agent would be stuck for good.
 */
export const contextCap: Guard<ContextCapRule> = {
  name: 'context-cap',
  schema,
  describe: (rule) =>
    `${describeCalls(rule.scope)} with more than ${formatTokens(rule.limitTokens)} tokens of context, but for those that compact it: ${describeAction(rule.action)}`,
  check: ({ quote, workload }, rule) => {
    if (quote.inputTokens <= rule.limitTokens || workload.isCompaction) return null
    return {
      verdict: rule.action ?? 'deny',
      code: 'context-too-large',
      reason: `the context holds ${formatTokens(quote.inputTokens)} tokens, and ${formatTokens(rule.limitTokens)} are allowed`,
      advice: 'Compact the conversation or start a new one.',
      contextTokens: quote.inputTokens,
      contextLimit: rule.limitTokens,
    }
  },
}
