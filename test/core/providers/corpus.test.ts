import { expect, test } from 'vitest'
import { contextTokens, type Usage } from '../../../shared/usage.ts'
import { CORPUS, corpus, corpusExists, type Exchange, type Expected, replay, seededRandom } from './corpus-replay.ts'

const SEED = 20_261_123

test.skipIf(!corpusExists())(
  `recorded exchanges give the usage that their providers reported (skipped without ${CORPUS})`,
  () => {
    const wrong: string[] = []
    const table = new Map<string, { right: number; all: number }>()
    const random = seededRandom(SEED)
    for (const { exchange, expected } of corpus()) {
      const fault = faultOf(exchange, expected, random)
      const key = `${expected.provider} ${expected.api}${expected.streaming ? ' stream' : ''}`
      const row = table.get(key) ?? { right: 0, all: 0 }
      table.set(key, { right: row.right + (fault ? 0 : 1), all: row.all + 1 })
      if (fault) wrong.push(`${exchange.id}: ${fault}`)
    }
    if (process.env['ALLOWANCE_CORPUS_TABLE']) {
      for (const [key, { right, all }] of [...table].sort(([a], [b]) => a.localeCompare(b)))
        console.log(`${right}/${all}\t${key}`)
    }
    expect(wrong).toEqual([])
  },
  120_000,
)

/** What is wrong with our reading of one exchange, null when nothing is. */
function faultOf(exchange: Exchange, expected: Expected, random: () => number): string | null {
  let result: ReturnType<typeof replay>
  try {
    result = replay(exchange, random)
  } catch (error) {
    return expected.usage ? `threw ${String(error)}` : null
  }
  const usage = result?.reading.usage ?? null
  if (expected.usage === null)
    return usage ? `usage from nothing (${expected.usageReason}): ${JSON.stringify(usage)}` : null
  if (!result || !usage) return `no usage by ${result?.dialect.api ?? 'any dialect'}`
  const differences = compare(usage, expected)
  return differences.length > 0 ? `${differences.join(', ')} by ${result.dialect.api}` : null
}

function compare(usage: Usage, { usage: truth, flags = [] }: Expected): string[] {
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
