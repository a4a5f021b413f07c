import { z } from 'zod'
import { formatTokens } from '../../../../../shared/values/format.ts'
import type { GuardFacts } from '../../decision/facts.ts'
import { describeFound } from '../../decision/sentences.ts'
import type { Guard } from '../rule/guard.ts'
import { ruleBase, tokenLimit } from '../rule/rule-schema.ts'
import { TUNING } from '../../decision/tuning.ts'

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
    describeFound(
      rule,
      `with more than ${formatTokens(rule.limitTokens)} tokens of context`,
      'except those that compact it',
    ),
  check: (facts, rule) => {
    const { quote } = facts
    if (quote.inputTokens <= rule.limitTokens || mayCompact(facts)) return null
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

/** An agent that begins with more than the cap never gets below it: it would compact for ever, and pay for it each time. */
function mayCompact({ workload: { isCompaction, self }, recent, nowMs }: GuardFacts): boolean {
  if (!isCompaction || !self) return isCompaction
  let compacted = 0
  const calls = recent.since(nowMs - TUNING.COMPACTED_WITHIN_MS)
  for (let index = calls.length - 1; index >= 0 && compacted < TUNING.MAX_COMPACTED; index -= 1) {
    const one = calls[index]
    const wasAnswered = one && !one.open && one.httpStatus !== null && one.httpStatus < 400
    if (!wasAnswered || one.session !== self.session || one.pid !== self.pid) continue
    if (!one.isCompaction) return true
    compacted += 1
  }
  return compacted < TUNING.MAX_COMPACTED
}
