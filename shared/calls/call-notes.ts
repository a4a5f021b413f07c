import type { CacheMiss, CallRecord } from './call.ts'
import { formatTokens } from '../values/format.ts'
import { formatUsd, parseUsd } from '../values/money.ts'

/** What a line about a call has to say beyond its numbers, in a few words each; most calls have none. */
export function callNotes(call: Pick<CallRecord, 'cacheMiss' | 'clampedTo' | 'usage'>): string[] {
  const { cacheMiss, clampedTo } = call
  return [
    ...(cacheMiss ? [`${formatTokens(cacheMiss.tokens)} cached tokens paid again`] : []),
    ...(clampedTo !== null && isCutShort(call) ? [`answer cut short at ${formatTokens(clampedTo)} tokens`] : []),
  ]
}

/** Why a call was refused, where it is plain who speaks: the client's sentence without the name before it. */
export function refusalSentence(message: string): string {
  const sentence = message.replace(/^Allowance: /, '')
  return sentence.charAt(0).toUpperCase() + sentence.slice(1)
}

/** Whether a clamp was felt: most answers end long before theirs. */
function isCutShort({ clampedTo, usage }: Pick<CallRecord, 'clampedTo' | 'usage'>): boolean {
  return clampedTo !== null && usage !== null && usage.output >= clampedTo
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
      return message === null ? 'the prompt was changed' : `message ${message.index + 1}${role} has changed`
    }
    case 'model-changed':
      return 'the turn before was on another model, and each model has its own cache'
    case 'expired':
      return 'the cache entry had expired'
    case 'evicted':
      return 'nothing had changed and it had not expired; the provider did not keep it'
  }
}

/** How long the answer could become, why, and whether it mattered; null where nothing was limited. */
export function clampSentence(call: Pick<CallRecord, 'clampedTo' | 'usage'>): string | null {
  if (call.clampedTo === null) return null
  const tokens = `${formatTokens(call.clampedTo)} tokens of output`
  if (isCutShort(call)) return `The answer was cut short at ${tokens}, which is what the budget had room for.`
  const needed = call.usage === null ? '' : '; it needed fewer'
  return `The answer was limited to ${tokens} to fit what the budget has left${needed}.`
}
