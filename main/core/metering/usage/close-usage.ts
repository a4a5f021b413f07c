import type { Ending } from '../../../../shared/calls/call.ts'
import { NO_USAGE, type Usage } from '../../../../shared/calls/usage.ts'
import { marginOf, type Pace } from '../quote/stream-pace.ts'
import type { Quote } from '../quote/quote.ts'
import type { Reading } from './usage-reader.ts'

export interface ClosingFacts {
  ending: Ending
  reading: Reading
  /** An answer came, and not all of it could be read. */
  isUnreadable: boolean
  quote: Quote
  stream: boolean
  pace: Pace
  /** Our own count of the output that passed by; null when the provider's report makes it needless. */
  countedOutputTokens: number | null
  /** The most output that the provider was allowed to make, where we clamped it. */
  heldOutputTokens: number | null
}

/** Whether the provider's report is the whole truth, or the output has to be counted by ourselves. */
export function needsCount(ending: Ending, reading: Reading): boolean {
  return reading.usage === null || (ending !== 'complete' && !reading.done)
}

/**
 * What a call used, on the best evidence there is: the provider's report; of a response that was broken off, the report
 * so far and the output that passed by; never zero for what was sent. Of a stream that we ended it adds what the
 * provider still makes until it notices.
 */
export function closeUsage(facts: ClosingFacts): Usage {
  const { ending, reading, quote } = facts
  if (reading.usage && !needsCount(ending, reading)) return reading.usage
  const input = reading.usage ?? { ...NO_USAGE, uncachedInput: quote.inputTokens }
  const output = Math.max(reading.usage?.output ?? 0, unseenOutput(facts))
  return { ...input, output, reasoning: Math.min(input.reasoning, output), source: 'estimated' }
}

function unseenOutput({
  ending,
  reading,
  isUnreadable,
  quote,
  stream,
  pace,
  countedOutputTokens,
  heldOutputTokens,
}: ClosingFacts): number {
  if (quote.output === 'none') return 0
  const seen = countedOutputTokens ?? 0
  // Nothing of a plain or hidden answer can be seen before it is whole: what is usual is the best evidence.
  if (isUnreadable) return Math.max(seen, quote.expectedOutputTokens)
  if (reading.roughOutputTokens === 0 && ending !== 'complete' && (!stream || quote.output === 'hidden'))
    return quote.expectedOutputTokens
  if (ending !== 'cut') return seen
  return Math.min(seen + marginOf(pace), Math.max(seen, heldOutputTokens ?? Number.POSITIVE_INFINITY))
}
