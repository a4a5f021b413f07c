import { isSpendPeriod, type SpendPeriod, type SpendReport } from '../../../../shared/contract/contract.ts'
import { exactUsd } from '../../../../shared/values/money.ts'
import { windowAt } from '../../../../shared/values/time-window.ts'
import { addToUsage, addUsage, NO_USAGE, type Usage } from '../../../../shared/calls/usage.ts'
import { type Dimensions, valueOf } from '../../policy/document/scope.ts'
import { ROLLUP_STEP_MS } from './rollup.ts'

/** Closed calls of the same dimensions, summed: a roll-up, or single calls at the edges of the time asked for. */
export interface SpendPart {
  /** Start of its quarter-hour; of the whole time where the parts are not split by time. */
  atMs: number
  dimensions: Dimensions
  calls: number
  refused: number
  costNanos: number
  ceilingNanos: number
  usage: Usage
  /** From the session files of an agent: shown beside what was metered, and in none of its sums. */
  isImported?: true
  /** What the same tokens would cost on another model; null where that is not known. Absent when nobody asked. */
  whatIfNanos?: number | null
}

export interface SpendQuestion {
  /** A dimension, `tag:NAME` or a period. */
  by: string
  sinceMs: number
  untilMs: number
  timeZone: string
}

interface Sums {
  calls: number
  refused: number
  costNanos: number
  ceilingNanos: number
  subscriptionNanos: number
  /** Undefined when nobody asked, null when a price is missing. */
  whatIfNanos: number | null | undefined
  usage: Usage
  imported: { calls: number; costNanos: number; usage: Usage } | null
  /** What each model cost, imported or not. */
  models: Map<string, number>
}

/** Where the money went: parts grouped by a dimension, most expensive first; periods in order. A null key is an unknown value. */
export function spendReport(question: SpendQuestion, parts: readonly SpendPart[]): SpendReport {
  const total = noSums()
  const groups = new Map<string | null, Sums>()
  const keyOf = isSpendPeriod(question.by)
    ? periodNamer(question.by, question.timeZone)
    : (part: SpendPart) => valueOf(part.dimensions, question.by)
  for (const part of parts) {
    const key = keyOf(part)
    const group = groups.get(key) ?? noSums()
    groups.set(key, group)
    add(group, part)
    add(total, part)
  }
  const rows = [...groups].sort(isSpendPeriod(question.by) ? byKey : byCost).map(([key, sums]) => ({
    key,
    ...written(sums),
    ...(isSpendPeriod(question.by) ? { models: modelsOf(sums) } : {}),
  }))
  return {
    schema: 1,
    by: question.by,
    since: new Date(question.sinceMs).toISOString(),
    until: new Date(question.untilMs).toISOString(),
    timezone: question.timeZone,
    total: written(total),
    rows,
  }
}

/**
 * A period is named by its start: hours of a zone with an odd offset start at a quarter past or half past in UTC. Asking
 * for the time zone is slow, and all calls of a quarter-hour are of one period: each is asked for once.
 */
function periodNamer(period: SpendPeriod, timeZone: string): (part: SpendPart) => string {
  const names = new Map<number, string>()
  return ({ atMs }) => {
    const quarterMs = Math.floor(atMs / ROLLUP_STEP_MS) * ROLLUP_STEP_MS
    let name = names.get(quarterMs)
    if (name === undefined) {
      name = new Date(windowAt({ calendar: period }, timeZone, quarterMs).startMs).toISOString()
      names.set(quarterMs, name)
    }
    return name
  }
}

function noSums(): Sums {
  return {
    calls: 0,
    refused: 0,
    costNanos: 0,
    ceilingNanos: 0,
    subscriptionNanos: 0,
    whatIfNanos: undefined,
    usage: { ...NO_USAGE },
    imported: null,
    models: new Map(),
  }
}

/** Calls of a signed-in plan cost nothing each: their list price stands apart and is in no sum of money. */
function add(sums: Sums, part: SpendPart): void {
  const model = part.dimensions.values['model']
  if (model !== undefined && part.calls > 0) sums.models.set(model, (sums.models.get(model) ?? 0) + part.costNanos)
  if (part.isImported) {
    const before = sums.imported ?? { calls: 0, costNanos: 0, usage: NO_USAGE }
    sums.imported = {
      calls: before.calls + part.calls,
      costNanos: before.costNanos + part.costNanos,
      usage: addUsage(before.usage, part.usage),
    }
    return
  }
  const metered = part.dimensions.billing === 'metered'
  sums.calls += part.calls
  sums.refused += part.refused
  sums.costNanos += metered ? part.costNanos : 0
  sums.ceilingNanos += metered ? part.ceilingNanos : 0
  sums.subscriptionNanos += part.dimensions.billing === 'subscription' ? part.costNanos : 0
  addToUsage(sums.usage, part.usage)
  if (part.whatIfNanos === undefined) return
  const known = sums.whatIfNanos === null || part.whatIfNanos === null ? null : (sums.whatIfNanos ?? 0)
  sums.whatIfNanos = known === null ? null : known + (metered ? (part.whatIfNanos ?? 0) : 0)
}

function written(sums: Sums): SpendReport['total'] {
  return {
    calls: sums.calls,
    refused: sums.refused,
    costUsd: exactUsd(sums.costNanos),
    ceilingUsd: exactUsd(sums.ceilingNanos),
    subscriptionUsd: exactUsd(sums.subscriptionNanos),
    ...(sums.whatIfNanos === undefined
      ? {}
      : { whatIfUsd: sums.whatIfNanos === null ? null : exactUsd(sums.whatIfNanos) }),
    usage: sums.usage,
    ...(sums.imported === null
      ? {}
      : {
          imported: {
            calls: sums.imported.calls,
            costUsd: exactUsd(sums.imported.costNanos),
            usage: sums.imported.usage,
          },
        }),
  }
}

function byCost([a, left]: [string | null, Sums], [b, right]: [string | null, Sums]): number {
  return allNanos(right) - allNanos(left) || right.calls - left.calls || String(a ?? '').localeCompare(String(b ?? ''))
}

function byKey([a]: [string | null, Sums], [b]: [string | null, Sums]): number {
  return String(a).localeCompare(String(b))
}

function allNanos({ costNanos, imported }: Sums): number {
  return costNanos + (imported?.costNanos ?? 0)
}

/** The costliest first. */
function modelsOf({ models }: Sums): string[] {
  return [...models].sort(([a, left], [b, right]) => right - left || a.localeCompare(b)).map(([model]) => model)
}
