import type { Bucket, ExploreAnswer } from '../../../shared/contract/explore.ts'
import { exactUsd } from '../../../shared/values/money.ts'
import { nanosOf } from '../format/amounts.ts'
import { rowWords } from '../calls/dimension-words.ts'

/** One part of a bar: which colour, and how much. */
export interface BarPart {
  /** From 0; null is the grey of all the rest. */
  colour: number | null
  name: string
  nanos: number
}

export interface BarColumn {
  from: string
  until: string
  nanos: number
  /** From the bottom up. */
  parts: BarPart[]
  isFuture: boolean
}

export interface Bars {
  columns: BarColumn[]
  /** The top of the scale: a round amount at or above the highest bar. */
  topNanos: number
  legend: { colour: number | null; name: string }[]
}

/** An answer as bars: the largest rows in colours, the rest in grey on top. */
export function barsOf(answer: ExploreAnswer, nowMs: number): Bars {
  const coloured = answer.rows.filter((row) => row.bucketNanos !== null)
  const names = coloured.map((row) => rowWords(answer.by, row))
  const rest = answer.restNanos.some((nanos) => nanos > 0)
  const columns = answer.buckets.map(({ from, until }, step): BarColumn => {
    const parts: BarPart[] = coloured.map((row, colour) => ({
      colour,
      name: names[colour] ?? '',
      nanos: row.bucketNanos?.[step] ?? 0,
    }))
    parts.push({ colour: null, name: 'others', nanos: answer.restNanos[step] ?? 0 })
    const shown = parts.filter(({ nanos }) => nanos > 0)
    return {
      from,
      until,
      nanos: shown.reduce((sum, { nanos }) => sum + nanos, 0),
      parts: shown,
      isFuture: Date.parse(from) > nowMs,
    }
  })
  const legend = names.map((name, colour): { colour: number | null; name: string } => ({ colour, name }))
  return {
    columns,
    topNanos: roundTop(Math.max(0, ...columns.map(({ nanos }) => nanos))),
    legend: rest ? [...legend, { colour: null, name: 'others' }] : legend,
  }
}

/** The next of 1, 2, 2.5, 5 and 10 times a power of ten. */
export function roundTop(nanos: number): number {
  if (nanos <= 0) return 1_000_000_000
  const power = 10 ** Math.floor(Math.log10(nanos))
  const factor = [1, 2, 2.5, 5, 10].find((step) => step * power >= nanos) ?? 10
  return factor * power
}

/** By how much a sum changed against the period before: `+12 %`; a dash where there was nothing to compare with. */
export function deltaWords(costUsd: string, previousUsd: string | null): string {
  if (previousUsd === null) return ''
  const [now, before] = [nanosOf(costUsd), nanosOf(previousUsd)]
  if (before === 0) return now === 0 ? '' : 'new'
  const change = (now - before) / before
  const size = Math.abs(change)
  if (size < 0.005) return '±0 %'
  const text = size < 10 ? `${Math.round(size * 100)} %` : `${Math.round(size + 1)}×`
  return size < 10 ? `${change > 0 ? '+' : '−'}${text}` : text
}

/** The cost of the bucket before a picked one. */
export function costBefore(columns: readonly BarColumn[], index: number): string | null {
  const before = columns[index - 1]
  return before ? exactUsd(before.nanos) : null
}

const BUCKET_WORDS: Record<Bucket, string> = {
  quarter: 'quarter-hour',
  hour: 'hour',
  day: 'day',
  week: 'week',
  month: 'month',
}

export function bucketWords(bucket: Bucket): string {
  return BUCKET_WORDS[bucket]
}
