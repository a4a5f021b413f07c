import { MAX_NANOS, type UsdNanos } from '../../../../shared/values/money.ts'
import type { Usage } from '../../../../shared/calls/usage.ts'
import type { Rates } from './rate-card.ts'

const TOKENS_PER_RATE = 1_000_000n

/**
 * What a usage costs, in nano-dollars. Every product is exact, all of them are summed, the sum is divided once and
 * rounded up: this is the only rounding in the program, and it never favours the spender.
 *
 * Audio and image tokens are parts of the input and output buckets, priced at their own rates instead of the text
 * rate. A provider reports them without saying which were cached, so they are taken from the uncached input first:
 * that is the most expensive of the possible readings.
 */
export function priceUsage(rates: Rates, usage: Usage, toolUses: Readonly<Record<string, number>> = {}): UsdNanos {
  const uncached = split(usage.uncachedInput, usage.audioInput, usage.imageInput)
  const cached = split(usage.cacheRead, usage.audioInput - uncached.audio, usage.imageInput - uncached.image)
  const made = split(usage.output, usage.audioOutput, usage.imageOutput)
  const reasoning = Math.min(usage.reasoning, made.text)

  let total =
    product(uncached.text, rates.input) +
    product(uncached.audio, rates.audioInput) +
    product(uncached.image, rates.imageInput) +
    product(cached.text, rates.cacheRead) +
    product(cached.audio, rates.audioCacheRead) +
    product(cached.image, rates.imageCacheRead) +
    product(usage.cacheWrite5m, rates.cacheWrite5m) +
    product(usage.cacheWrite1h, rates.cacheWrite1h) +
    product(made.text - reasoning, rates.output) +
    product(reasoning, rates.reasoning) +
    product(made.audio, rates.audioOutput) +
    product(made.image, rates.imageOutput) +
    BigInt(rates.perRequest) * TOKENS_PER_RATE
  for (const [name, uses] of Object.entries(toolUses)) {
    const fee = rates.perToolUse[name]
    // Seconds of audio may come as a fraction: a started second counts.
    if (fee !== undefined && uses > 0) total += BigInt(Math.ceil(uses)) * BigInt(fee) * TOKENS_PER_RATE
  }
  return Math.min(Number((total + TOKENS_PER_RATE - 1n) / TOKENS_PER_RATE), MAX_NANOS)
}

/** Shares a bucket out: its audio, then its image tokens, never more than it holds; the rest is text. */
function split(tokens: number, audio: number, image: number): { text: number; audio: number; image: number } {
  const audioPart = Math.min(tokens, audio)
  const imagePart = Math.min(tokens - audioPart, image)
  return { text: tokens - audioPart - imagePart, audio: audioPart, image: imagePart }
}

function product(tokens: number, nanosPerMillion: UsdNanos): bigint {
  return tokens === 0 ? 0n : BigInt(tokens) * BigInt(nanosPerMillion)
}
