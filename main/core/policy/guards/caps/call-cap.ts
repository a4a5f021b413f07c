import { z } from 'zod'
import { formatUsd } from '../../../../../shared/values/money.ts'
import { type Quote, tokensCost, tokensFor } from '../../../metering/quote/quote.ts'
import { describeFound } from '../../decision/sentences.ts'
import type { Guard } from '../rule/guard.ts'
import { ruleBase, usdLimit } from '../rule/rule-schema.ts'

const schema = z.strictObject({ ...ruleBase('call-cap'), limitUsd: usdLimit })
export type CallCapRule = z.infer<typeof schema>

/**
 * The most that one call may cost. A call that names its own maximum is taken at its word; one that names none at what
 * its model usually makes, because the model's own maximum says nothing of it, and is then held to the limit: it is clamped to what
 * fits, and a stream that gets there is ended with a sentence.
 */
export const callCap: Guard<CallCapRule> = {
  name: 'call-cap',
  schema,
  describe: (rule) => describeFound(rule, `that may cost more than ${formatUsd(rule.limitUsd)}`),
  check: ({ call, quote }, rule) => {
    if (call.billing === 'local') return null
    const nanos = quote.expectedInputNanos + tokensCost(foreseenTokens(quote), quote.outputNanosPerMillion)
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
  bound: ({ call, quote }, rule) => {
    // A plan pays for its calls together, and some of their hosts take no limit.
    if (call.billing !== 'metered' || (rule.action ?? 'deny') !== 'deny') return null
    const fits = (inputNanos: number) => tokensFor(rule.limitUsd - inputNanos, quote.outputNanosPerMillion)
    // Without the cache's discount too, where that leaves room for what is foreseen.
    const pessimistic = fits(quote.worstInputNanos)
    return {
      outputTokens: pessimistic >= foreseenTokens(quote) ? pessimistic : fits(quote.expectedInputNanos),
      finding: {
        verdict: 'deny',
        code: 'call-cap',
        reason: `this answer has come to ${formatUsd(rule.limitUsd)}, the most that one call may cost, and was ended here`,
        advice: 'Ask for less at a time.',
      },
    }
  },
}

/** What has to fit before a call is sent: its own maximum, else what is usual, and no less than a clamp may leave it. */
function foreseenTokens(quote: Quote): number {
  const { choices, worstOutputTokens, minOutputTokens } = quote
  const usual = quote.typical ? quote.highOutputTokens * choices : quote.expectedOutputTokens
  return quote.hasOwnMaximum
    ? worstOutputTokens
    : Math.min(worstOutputTokens, Math.max(usual, minOutputTokens * choices))
}
