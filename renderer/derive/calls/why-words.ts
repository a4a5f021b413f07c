import type { Why } from '../../../shared/contract/contract.ts'
import { formatTokens } from '../../../shared/values/format.ts'

/** A cause in the words of who pays for it; empty where nothing was spent. */
export function causeWords({ cause, evidence }: Pick<Why, 'cause' | 'evidence'>): string {
  switch (cause) {
    case null:
      return ''
    case 'loop':
      return 'a loop'
    case 'cache-miss':
      return 'the cache was missed'
    case 'context-growth':
      return 'a growing context'
    case 'fan-out':
      return 'many at a time'
    case 'dear-model':
      return 'an expensive model'
    case 'refused':
      return 'refused by a rule'
    case 'volume':
      if (typeof evidence['callTokens'] === 'number') return 'an ordinary call'
      return evidence['calls'] === 1 ? 'a single call' : 'many calls'
  }
}

/** The evidence in short: what repeats, how often, how many tokens. */
export function whyFacts({ evidence }: Why): string[] {
  const { cycle, repeats, verdict, missedTokens, fromTokens, toTokens, parallel, calls } = evidence
  // A rule that spoke counted the call that it refused as well: two counts in one answer would only puzzle.
  const isTold = typeof verdict === 'string'
  return [
    ...(!isTold && Array.isArray(cycle) && cycle.length > 0 ? [`cycle: ${cycle.join(' → ')}`] : []),
    ...(!isTold && typeof repeats === 'number' ? [`${repeats} times`] : []),
    ...(typeof missedTokens === 'number' ? [`${formatTokens(missedTokens)} tokens paid for again`] : []),
    ...(typeof fromTokens === 'number' && typeof toTokens === 'number'
      ? [`${formatTokens(fromTokens)} → ${formatTokens(toTokens)} tokens`]
      : []),
    ...(typeof parallel === 'number' ? [`${parallel} at a time`] : []),
    ...(typeof calls === 'number' ? [`${calls} ${calls === 1 ? 'call' : 'calls'} in all`] : []),
  ]
}
