import { z } from 'zod'

const tokens = z.number().int().nonnegative()

/**
 * What a call used, in tokens. The first five are disjoint buckets: every token is in exactly one of them, so that
 * they can be summed and priced without counting twice. `reasoning` is a part of `output`; the audio and image counts
 * are parts of input and output. `source` says whether the provider reported it or we counted it ourselves.
 */
export const usageSchema = z.object({
  uncachedInput: tokens,
  cacheRead: tokens,
  cacheWrite5m: tokens,
  cacheWrite1h: tokens,
  output: tokens,
  reasoning: tokens,
  audioInput: tokens,
  audioOutput: tokens,
  imageInput: tokens,
  imageOutput: tokens,
  source: z.enum(['reported', 'estimated']),
})

export type Usage = z.infer<typeof usageSchema>
export type UsageSource = Usage['source']

export const NO_USAGE: Usage = {
  uncachedInput: 0,
  cacheRead: 0,
  cacheWrite5m: 0,
  cacheWrite1h: 0,
  output: 0,
  reasoning: 0,
  audioInput: 0,
  audioOutput: 0,
  imageInput: 0,
  imageOutput: 0,
  source: 'reported',
}

/** All input tokens of a call: the context it carried. */
export function contextTokens(usage: Usage): number {
  return usage.uncachedInput + usage.cacheRead + usage.cacheWrite5m + usage.cacheWrite1h
}

/** Every token that a token cap counts. */
export function totalTokens(usage: Usage): number {
  return contextTokens(usage) + usage.output
}

/** Adds to a usage that is nobody else's: of thousands of sums no copies are made. */
export function addToUsage(sum: Usage, more: Usage): void {
  sum.uncachedInput += more.uncachedInput
  sum.cacheRead += more.cacheRead
  sum.cacheWrite5m += more.cacheWrite5m
  sum.cacheWrite1h += more.cacheWrite1h
  sum.output += more.output
  sum.reasoning += more.reasoning
  sum.audioInput += more.audioInput
  sum.audioOutput += more.audioOutput
  sum.imageInput += more.imageInput
  sum.imageOutput += more.imageOutput
  if (more.source === 'estimated') sum.source = 'estimated'
}

/** Sum of two usages; estimated when either is. */
export function addUsage(a: Usage, b: Usage): Usage {
  return {
    uncachedInput: a.uncachedInput + b.uncachedInput,
    cacheRead: a.cacheRead + b.cacheRead,
    cacheWrite5m: a.cacheWrite5m + b.cacheWrite5m,
    cacheWrite1h: a.cacheWrite1h + b.cacheWrite1h,
    output: a.output + b.output,
    reasoning: a.reasoning + b.reasoning,
    audioInput: a.audioInput + b.audioInput,
    audioOutput: a.audioOutput + b.audioOutput,
    imageInput: a.imageInput + b.imageInput,
    imageOutput: a.imageOutput + b.imageOutput,
    source: a.source === 'estimated' || b.source === 'estimated' ? 'estimated' : 'reported',
  }
}
