import type { ModelSuggestion } from '../../../shared/contract/contract.ts'
import { formatTokens } from '../../../shared/values/format.ts'
import { exactUsd } from '../../../shared/values/money.ts'
import { contextTokens } from '../../../shared/calls/usage.ts'
import { fraction, nanosOf, percent } from '../format/amounts.ts'
import { cachedShare } from './spend-rows.ts'

/** What a suggestion rests on: `84 calls · 4.2M tokens in, 72 % cached · 79.4k out`. */
export function evidenceWords({ calls, usage }: Pick<ModelSuggestion, 'calls' | 'usage'>): string {
  return [
    `${calls} ${calls === 1 ? 'call' : 'calls'}`,
    `${formatTokens(contextTokens(usage))} tokens in, ${percent(cachedShare(usage))} cached`,
    `${formatTokens(usage.output)} out`,
  ].join(' · ')
}

/** All of them together: no work is in two. */
export function savedInAll(suggestions: readonly ModelSuggestion[]): string {
  return exactUsd(suggestions.reduce((sum, { savedUsd }) => sum + nanosOf(savedUsd), 0))
}

/** How another price compares: `−94 %`, `+12 %`, `the same`. Empty where there is nothing to compare. */
export function changeWords(costUsd: string, otherUsd: string | null | undefined): string {
  const cost = nanosOf(costUsd)
  if (otherUsd === null || otherUsd === undefined || cost === 0) return ''
  const other = nanosOf(otherUsd)
  if (other === cost) return 'the same'
  if (other < cost) return `−${percent(fraction(cost - other, cost))}`
  return `+${Math.max(1, Math.round(((other - cost) / cost) * 100))} %`
}
