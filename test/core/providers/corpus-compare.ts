import { contextTokens, type Usage } from '../../../shared/calls/usage.ts'
import type { Expected } from './corpus-replay.ts'

/** What differs between our usage and the provider's own report, as the corpus reads it; empty when nothing does. */
export function compareUsage(usage: Usage, { usage: truth, flags = [] }: Expected): string[] {
  if (!truth) return []
  const faults: string[] = []
  const check = (name: string, ours: number, ...accepted: (number | undefined)[]) => {
    const known = accepted.filter((value) => value !== undefined)
    if (known.length > 0 && !known.includes(ours)) faults.push(`${name} ${ours} instead of ${known.join(' or ')}`)
  }
  // Compaction and advisor calls: the top level and the sum of the iterations differ, both are the provider's word.
  check('input', contextTokens(usage), truth['inputTotal'], truth['tokensInput'], truth['iterationsInputTotal'])
  check('output', usage.output, truth['output'], truth['tokensOutput'], truth['iterationsOutput'])
  // A host that reports more cached tokens than tokens is cut to what there was: no bucket goes below zero.
  check(
    'cache reads',
    usage.cacheRead,
    truth['cachedRead'] ?? undefined,
    cutTo(truth['cachedRead'], truth['inputTotal']),
  )
  check('cache writes', usage.cacheWrite5m + usage.cacheWrite1h, truth['cacheWrite'])
  // A breakdown that falls short of its sum leaves writes of unknown life, which we take as five minutes.
  if (!flags.some((flag) => /cache/.test(flag))) {
    check('1h writes', usage.cacheWrite1h, truth['cacheWrite1h'])
  }
  check('reasoning', usage.reasoning, truth['reasoning'], cutTo(truth['reasoning'], truth['output']))
  check('audio in', usage.audioInput, truth['audioIn'])
  check('audio out', usage.audioOutput, truth['audioOut'])
  check('image out', usage.imageOutput, truth['imageOut'])
  return faults
}

function cutTo(part: number | undefined, whole: number | undefined): number | undefined {
  return part === undefined || whole === undefined ? undefined : Math.min(part, whole)
}
