import type { ModelSuggestion } from '../../../../shared/contract/contract.ts'
import { exactUsd, formatUsd } from '../../../../shared/values/money.ts'
import type { Tier } from '../../../../shared/rules/policy.ts'
import { addUsage, NO_USAGE, type Usage } from '../../../../shared/calls/usage.ts'
import type { SpendPart } from '../../ledger/reports/spend-report.ts'
import { matchesPattern, valueOf } from '../../policy/document/scope.ts'
import { cheaperModel } from './cheaper-models.ts'
import type { PriceBook } from '../rates/rate-card.ts'
import { whatIf } from './what-if.ts'

/** Less than this share of all that was spent is not worth advising. */
const MIN_SHARE = 0.01
const MAX_SUGGESTIONS = 10

interface Work {
  provider: string
  model: string
  kind: string
  calls: number
  costNanos: number
  usage: Usage
}

/**
 * Which kind of work would have cost less on another model: the policy's own alternatives first, else the vendor's next
 * cheaper one. The evidence is what was used: the same calls, the same tokens. The largest saving comes first.
 */
export function suggestModels(
  parts: readonly SpendPart[],
  tiers: readonly Tier[],
  prices: PriceBook,
  atMs: number,
): ModelSuggestion[] {
  const works = workOf(parts)
  const totalNanos = works.reduce((sum, work) => sum + work.costNanos, 0)
  const suggestions = works.flatMap((work) => {
    const named = namedAlternative(work.model, tiers)
    const model = named ?? cheaperModel(work.model)
    const nanos = model === null ? null : whatIf(prices, work, model, atMs)
    if (model === null || nanos === null || work.costNanos - nanos <= totalNanos * MIN_SHARE) return []
    return [{ work, model, nanos, source: named === null ? ('vendor' as const) : ('policy' as const) }]
  })
  return suggestions
    .sort((a, b) => b.work.costNanos - b.nanos - (a.work.costNanos - a.nanos))
    .slice(0, MAX_SUGGESTIONS)
    .map(({ work, model, nanos, source }) => ({
      kind: work.kind,
      provider: work.provider,
      model: work.model,
      suggested: model,
      source,
      calls: work.calls,
      usage: work.usage,
      costUsd: exactUsd(work.costNanos),
      suggestedUsd: exactUsd(nanos),
      savedUsd: exactUsd(work.costNanos - nanos),
      sentence: `${work.calls} ${work.kind} call${work.calls === 1 ? '' : 's'} on ${work.model} cost ${formatUsd(work.costNanos)}; the same tokens on ${model} cost ${formatUsd(nanos)}`,
    }))
}

/** What a policy suggests instead of a model: the first of its tiers that names it. */
export function namedAlternative(model: string, tiers: readonly Tier[]): string | null {
  for (const { suggest } of tiers) {
    for (const [pattern, alternative] of Object.entries(suggest)) {
      if (matchesPattern(pattern, model) && alternative !== model) return alternative
    }
  }
  return null
}

/** Paid calls by what they are for, and where. */
function workOf(parts: readonly SpendPart[]): Work[] {
  const works = new Map<string, Work>()
  for (const { dimensions, calls, costNanos, usage } of parts) {
    const [provider, model, kind] = ['provider', 'model', 'kind'].map((name) => valueOf(dimensions, name))
    if (dimensions.billing !== 'metered' || !provider || !model || !kind) continue
    const key = JSON.stringify([provider, model, kind])
    const work = works.get(key) ?? { provider, model, kind, calls: 0, costNanos: 0, usage: NO_USAGE }
    works.set(key, {
      ...work,
      calls: work.calls + calls,
      costNanos: work.costNanos + costNanos,
      usage: addUsage(work.usage, usage),
    })
  }
  return [...works.values()]
}
