import type { ExploreRow, ExploreSums, SpendFilter } from '../../../../shared/contract/explore.ts'
import { exactUsd, type UsdNanos } from '../../../../shared/values/money.ts'
import type { Dimensions } from '../../policy/document/scope.ts'

/** Sums of calls that share a profile (and a session or conversation, where asked by one). */
export interface ExplorePart {
  profile: Dimensions
  thread: string | null
  calls: number
  refused: number
  costNanos: UsdNanos
  ceilingNanos: UsdNanos
  inputTokens: number
  cacheReadTokens: number
  outputTokens: number
}

/** What a profile (or thread) cost in one bucket of time. */
export interface ExploreCost {
  step: number
  profile: Dimensions
  thread: string | null
  costNanos: UsdNanos
}

/** Rows with their own colour: more colours than this cannot be distinguished. */
export const MAX_COLOURED = 7
/** Rows told one by one; what is below them costs next to nothing. */
export const MAX_ROWS = 200

type Part = Omit<ExplorePart, 'profile' | 'thread'>

/** What many parts come to. Calls on signed-in plans cost no money: their list price stands apart. */
export class Sums {
  #sum: Part = {
    calls: 0,
    refused: 0,
    costNanos: 0,
    ceilingNanos: 0,
    inputTokens: 0,
    cacheReadTokens: 0,
    outputTokens: 0,
  }
  #planNanos: UsdNanos = 0

  add(part: Part & { profile: Dimensions }): void {
    const isPlan = !isPaid(part)
    this.#sum.calls += part.calls
    this.#sum.refused += part.refused
    this.#sum.costNanos += isPlan ? 0 : part.costNanos
    this.#sum.ceilingNanos += isPlan ? 0 : part.ceilingNanos
    this.#sum.inputTokens += part.inputTokens
    this.#sum.cacheReadTokens += part.cacheReadTokens
    this.#sum.outputTokens += part.outputTokens
    this.#planNanos += isPlan ? part.costNanos : 0
  }

  /** Adds what other parts came to. */
  include(other: Sums): void {
    for (const name of Object.keys(this.#sum) as (keyof Part)[]) this.#sum[name] += other.#sum[name]
    this.#planNanos += other.#planNanos
  }

  get costNanos(): UsdNanos {
    return this.#sum.costNanos
  }

  get calls(): number {
    return this.#sum.calls
  }

  written(): ExploreSums {
    const { costNanos, ceilingNanos, ...rest } = this.#sum
    return {
      ...rest,
      costUsd: exactUsd(costNanos),
      ceilingUsd: exactUsd(ceilingNanos),
      subscriptionUsd: exactUsd(this.#planNanos),
    }
  }
}

/** What a part is called in a dimension: its value, or the program that made it where no agent gave its name. */
export interface PartName {
  key: string | null
  via: string | null
}

export function nameOf(by: string, { profile, thread }: Pick<ExplorePart, 'profile' | 'thread'>): PartName {
  if (by === 'session' || by === 'conversation') return { key: thread, via: null }
  const key = profile.values[by] ?? null
  return { key, via: by === 'agent' && key === null ? (profile.values['process'] ?? null) : null }
}

/** The filter under which exactly the calls of one row are found. */
export function rowFilter(by: string, { key, via }: PartName): SpendFilter {
  return by === 'agent' && key === null ? { agent: [null], process: [via] } : { [by]: [key] }
}

interface Group {
  name: PartName
  sums: Sums
  previousNanos: UsdNanos
}

/** Parts grouped by a dimension, the costliest first; what is beyond the first rows is one sum. */
export function exploreRows(
  by: string,
  parts: readonly ExplorePart[],
  previous: readonly ExplorePart[] | null,
): { rows: ExploreRow[]; folded: (ExploreSums & { rows: number }) | null } {
  const groups = new Map<string, Group>()
  const groupOf = (part: ExplorePart): Group => {
    const name = nameOf(by, part)
    const id = idOf(name)
    const group = groups.get(id) ?? { name, sums: new Sums(), previousNanos: 0 }
    groups.set(id, group)
    return group
  }
  for (const part of parts) groupOf(part).sums.add(part)
  for (const part of previous ?? []) if (isPaid(part)) groupOf(part).previousNanos += part.costNanos
  const sorted = [...groups.values()].sort(
    (a, b) => b.sums.costNanos - a.sums.costNanos || b.sums.calls - a.sums.calls || b.previousNanos - a.previousNanos,
  )
  const rows = sorted.slice(0, MAX_ROWS).map(({ name, sums, previousNanos }): ExploreRow => {
    return {
      ...name,
      filter: rowFilter(by, name),
      ...sums.written(),
      previousUsd: previous === null ? null : exactUsd(previousNanos),
      bucketNanos: null,
    }
  })
  const tail = sorted.slice(MAX_ROWS)
  if (tail.length === 0) return { rows, folded: null }
  const rest = new Sums()
  for (const { sums } of tail) rest.include(sums)
  return { rows, folded: { rows: tail.length, ...rest.written() } }
}

/** The first rows over time, each in its own colour; and what the buckets hold besides. */
export function colouredRows(
  by: string,
  rows: readonly ExploreRow[],
  stepCount: number,
  /** Of the first rows at least. */
  costs: readonly ExploreCost[],
  /** What was spent in each bucket, by whomever. */
  totals: readonly UsdNanos[],
): { rows: ExploreRow[]; restNanos: UsdNanos[] } {
  const coloured = new Map<string, UsdNanos[]>()
  for (const row of rows.slice(0, MAX_COLOURED))
    if (Number(row.costUsd) > 0)
      coloured.set(
        idOf(row),
        Array.from({ length: stepCount }, () => 0),
      )
  const restNanos = Array.from({ length: stepCount }, (_, step) => totals[step] ?? 0)
  for (const cost of costs.filter(isPaid)) {
    const nanos = coloured.get(idOf(nameOf(by, cost)))
    if (!nanos) continue
    nanos[cost.step] = (nanos[cost.step] ?? 0) + cost.costNanos
    restNanos[cost.step] = (restNanos[cost.step] ?? 0) - cost.costNanos
  }
  return { rows: rows.map((row) => ({ ...row, bucketNanos: coloured.get(idOf(row)) ?? null })), restNanos }
}

function idOf({ key, via }: PartName): string {
  if (via !== null) return `v${via}`
  return key === null ? '' : `k${key}`
}

/** Calls on signed-in plans cost no money. */
export function isPaid({ profile }: { profile: Dimensions }): boolean {
  return profile.billing !== 'subscription'
}

export function sumsOf(parts: readonly ExplorePart[]): ExploreSums {
  const sums = new Sums()
  for (const part of parts) sums.add(part)
  return sums.written()
}
