import type { Usage } from '../../../shared/calls/usage.ts'

/** One bucket of a call's tokens, ready to be drawn. */
export interface UsagePart {
  bucket: 'cacheRead' | 'uncachedInput' | 'cacheWrite5m' | 'cacheWrite1h' | 'output'
  label: string
  tokens: number
  /** Part of all tokens, between 0 and 1. */
  share: number
}

const BUCKETS = [
  ['cacheRead', 'Cache read'],
  ['uncachedInput', 'Uncached input'],
  ['cacheWrite5m', 'Cache write, 5 min'],
  ['cacheWrite1h', 'Cache write, 1 h'],
  ['output', 'Output'],
] as const

/** The buckets that hold anything, in the order in which a model reads and writes them. */
export function usageParts(usage: Usage): UsagePart[] {
  const total = BUCKETS.reduce((sum, [bucket]) => sum + usage[bucket], 0)
  return BUCKETS.filter(([bucket]) => usage[bucket] > 0).map(([bucket, label]) => ({
    bucket,
    label,
    tokens: usage[bucket],
    share: usage[bucket] / total,
  }))
}
