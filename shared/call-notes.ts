import type { CacheMiss, CallRecord } from './call.ts'
import { formatTokens } from './format.ts'
import { formatUsd, parseUsd } from './money.ts'

/** What a line about a call has to say beyond its numbers, in a few words each; most calls have none. */
export function callNotes({ cacheMiss, clampedTo }: Pick<CallRecord, 'cacheMiss' | 'clampedTo'>): string[] {
  return [
    ...(cacheMiss ? [`${formatTokens(cacheMiss.tokens)} cached tokens paid again`] : []),
    ...(clampedTo === null ? [] : [`answer limited to ${formatTokens(clampedTo)} tokens`]),
  ]
}

/** What was paid again, what that cost, and why. */
export function cacheMissSentence(miss: CacheMiss): string {
  const cost = formatUsd(parseUsd(miss.costUsd) ?? 0)
  return `${formatTokens(miss.tokens)} tokens that the provider had in its cache were paid for again, ${cost} more than reading them: ${causeOf(miss)}.`
}

function causeOf({ cause, message }: CacheMiss): string {
  switch (cause) {
    case 'prefix-changed': {
      const role = message?.role ? ` (${message.role})` : ''
      return message === null ? 'the prompt was changed' : `message ${message.index + 1}${role} is not what it was`
    }
    case 'model-changed':
      return 'the turn before was on another model, and each model has a cache of its own'
    case 'expired':
      return 'its time in the cache had run out'
    case 'evicted':
      return 'nothing was changed and its time had not run out; the provider did not keep it'
  }
}

/** Why an answer may have ended early, and who ended it. */
export function clampSentence(clampedTo: number): string {
  return `The answer was limited to ${formatTokens(clampedTo)} tokens of output, so that it fits into what the budget has left.`
}
