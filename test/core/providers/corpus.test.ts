import { expect, test } from 'vitest'
import { compareUsage } from './corpus-compare.ts'
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
  // The corpus looks at batch objects alone; their results report what each call in them used.
  if (expected.usage === null && expected.api === 'batches') return null
  if (expected.usage === null)
    return usage ? `usage from nothing (${expected.usageReason}): ${JSON.stringify(usage)}` : null
  if (!result || !usage) return `no usage by ${result?.dialect.api ?? 'any dialect'}`
  const differences = compareUsage(usage, expected)
  return differences.length > 0 ? `${differences.join(', ')} by ${result.dialect.api}` : null
}
