import { NO_USAGE, type Usage } from '../../../../shared/calls/usage.ts'

/** Counts as a provider gives them once the convention is known: `input` holds every input token, cached ones too. */
export interface TotalCounts {
  input: number
  cacheRead?: number | null
  cacheWrite?: number | null
  /** The part of the writes that lives an hour. */
  cacheWrite1h?: number | null
  output: number
  reasoning?: number | null
  audioInput?: number | null
  audioOutput?: number | null
  imageInput?: number | null
  imageOutput?: number | null
}

/**
 * Five disjoint buckets from totals. Parts never exceed their whole: some hosts report more cached tokens than
 * tokens, and none of our buckets may go below zero for it.
 */
export function bucketsFromTotals(counts: TotalCounts): Usage {
  const cacheRead = Math.min(counts.cacheRead ?? 0, counts.input)
  const cacheWrite = Math.min(counts.cacheWrite ?? 0, counts.input - cacheRead)
  const cacheWrite1h = Math.min(counts.cacheWrite1h ?? 0, cacheWrite)
  return {
    ...NO_USAGE,
    uncachedInput: counts.input - cacheRead - cacheWrite,
    cacheRead,
    cacheWrite5m: cacheWrite - cacheWrite1h,
    cacheWrite1h,
    output: counts.output,
    reasoning: Math.min(counts.reasoning ?? 0, counts.output),
    audioInput: Math.min(counts.audioInput ?? 0, counts.input),
    audioOutput: Math.min(counts.audioOutput ?? 0, counts.output),
    imageInput: Math.min(counts.imageInput ?? 0, counts.input),
    imageOutput: Math.min(counts.imageOutput ?? 0, counts.output),
  }
}
