import { toCsv } from '../../../shared/values/csv.ts'
import type { ExploreAnswer } from '../../../shared/contract/explore.ts'
import { exactUsd } from '../../../shared/values/money.ts'
import { rowWords } from '../calls/dimension-words.ts'

/** What a screen shows, as a table for a spreadsheet: one line a row, its sums, and its cost in each bucket. */
export function answerCsv(answer: ExploreAnswer): string {
  const stepName = (step: number) => answer.buckets[step]?.from ?? ''
  const steps = answer.buckets.map((_, step) => step)
  const names = [
    answer.by,
    'costUsd',
    'previousUsd',
    'calls',
    'refused',
    'inputTokens',
    'cacheReadTokens',
    'outputTokens',
    ...steps.map(stepName),
  ]
  const lineOf = (bucketNanos: readonly number[] | null) =>
    Object.fromEntries(steps.map((step) => [stepName(step), bucketNanos ? exactUsd(bucketNanos[step] ?? 0) : '']))
  const rows = answer.rows.map(({ bucketNanos, ...row }) => ({
    ...row,
    [answer.by]: rowWords(answer.by, row),
    ...lineOf(bucketNanos),
  }))
  const { folded } = answer
  return toCsv(names, [
    ...rows,
    ...(folded ? [{ ...folded, [answer.by]: `${folded.rows} others` }] : []),
    {
      ...answer.total,
      previousUsd: answer.previous?.costUsd ?? '',
      [answer.by]: 'total',
      ...lineOf(totalNanos(answer)),
    },
  ])
}

function totalNanos({ rows, restNanos }: ExploreAnswer): number[] {
  return restNanos.map((rest, step) => rest + rows.reduce((sum, row) => sum + (row.bucketNanos?.[step] ?? 0), 0))
}

/** `spend-by-project-2026-11-01-2026-11-30.csv`: tells a folder of downloads apart. */
export function fileName(answer: Pick<ExploreAnswer, 'by' | 'since' | 'until'>, extension: string): string {
  const by = answer.by.replaceAll(/[^\w-]+/g, '-')
  return `spend-by-${by}-${answer.since.slice(0, 10)}-${answer.until.slice(0, 10)}.${extension}`
}
