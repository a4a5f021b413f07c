import { z } from 'zod'
import { formatUsd } from '../../../../shared/money.ts'
import { tokensCost } from '../../metering/quote.ts'
import { describeAction, describeCalls } from '../sentences.ts'
import type { Guard } from './guard.ts'
import { ruleBase, usdLimit } from './rule-schema.ts'

const schema = z.strictObject({ ...ruleBase('call-cap'), limitUsd: usdLimit })
export type CallCapRule = z.infer<typeof schema>

/**
 * The most that one call may cost. A call that names its own maximum is taken at its word; one that names none at what
 * its model usually makes, because the model's own maximum says nothing of it.
 */
export const callCap: Guard<CallCapRule> = {
  name: 'call-cap',
  schema,
  describe: (rule) =>
    `${describeCalls(rule.scope)} that may cost more than ${formatUsd(rule.limitUsd)}: ${describeAction(rule.action)}`,
  check: ({ call, quote }, rule) => {
    if (call.billing === 'local') return null
    const outputTokens = quote.hasOwnMaximum
      ? quote.worstOutputTokens
      : quote.typical
        ? quote.highOutputTokens * quote.choices
        : quote.expectedOutputTokens
    const nanos =
      quote.expectedInputNanos +
      tokensCost(Math.min(outputTokens, quote.worstOutputTokens), quote.outputNanosPerMillion)
    if (nanos <= rule.limitUsd) return null
    return {
      verdict: rule.action ?? 'deny',
      code: 'call-cap',
      reason: `this call may cost ${formatUsd(nanos)}, and one call may cost ${formatUsd(rule.limitUsd)}`,
      advice: quote.hasOwnMaximum
        ? 'Ask for less output, or send less input.'
        : 'Send less input, or ask for a smaller maximum of output.',
    }
  },
}
