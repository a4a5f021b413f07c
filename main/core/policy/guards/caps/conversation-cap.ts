import { z } from 'zod'
import { formatTokens } from '../../../../../shared/values/format.ts'
import { formatUsd } from '../../../../../shared/values/money.ts'
import { counted, describeFound, listed } from '../../decision/sentences.ts'
import type { Guard } from '../rule/guard.ts'
import { ruleBase, tokenLimit, usdLimit } from '../rule/rule-schema.ts'

const schema = z
  .strictObject({
    ...ruleBase('conversation-cap'),
    limitTurns: z.number().int().positive().optional(),
    limitTokens: tokenLimit.optional(),
    limitUsd: usdLimit.optional(),
  })
  .refine(
    ({ limitTurns, limitTokens, limitUsd }) =>
      limitTurns !== undefined || limitTokens !== undefined || limitUsd !== undefined,
    {
      error: 'needs limitTurns, limitTokens or limitUsd',
    },
  )
export type ConversationCapRule = z.infer<typeof schema>

/** How long one conversation may get: in turns, in tokens over all its calls, in dollars. A new one starts from nothing. */
export const conversationCap: Guard<ConversationCapRule> = {
  name: 'conversation-cap',
  schema,
  describe: (rule) => describeFound(rule, `of a conversation that has used ${listed(limitsOf(rule), 'or')}`),
  check: ({ workload: { conversation } }, rule) => {
    if (!conversation) return null
    const reached =
      (rule.limitTurns !== undefined &&
        conversation.turns >= rule.limitTurns &&
        `${conversation.turns} of ${rule.limitTurns} turns`) ||
      (rule.limitTokens !== undefined &&
        conversation.tokens >= rule.limitTokens &&
        `${formatTokens(conversation.tokens)} of ${formatTokens(rule.limitTokens)} tokens`) ||
      (rule.limitUsd !== undefined &&
        conversation.costNanos >= rule.limitUsd &&
        `${formatUsd(conversation.costNanos)} of ${formatUsd(rule.limitUsd)}`)
    if (!reached) return null
    return {
      verdict: rule.action ?? 'deny',
      code: 'conversation-limit',
      reason: `this conversation has used ${reached}`,
      advice: 'Start a new one to go on.',
    }
  },
}

function limitsOf({ limitTurns, limitTokens, limitUsd }: ConversationCapRule): string[] {
  return [
    ...(limitTurns === undefined ? [] : [counted(limitTurns, 'turn')]),
    ...(limitTokens === undefined ? [] : [`${formatTokens(limitTokens)} tokens`]),
    ...(limitUsd === undefined ? [] : [formatUsd(limitUsd)]),
  ]
}
