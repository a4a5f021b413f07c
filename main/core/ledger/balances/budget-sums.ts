import type { RuleBase } from '../../../../shared/rules/policy.ts'
import type { Period, TimeWindow } from '../../../../shared/values/time-window.ts'
import type { UsdNanos } from '../../../../shared/values/money.ts'
import type { BudgetDemand } from '../../policy/guards/rule/guard.ts'
import { type Dimensions, inScope, valueOf } from '../../policy/document/scope.ts'

/** A rule with the budget that its guard wants kept. */
export interface BudgetDefinition {
  rule: RuleBase
  demand: BudgetDemand
  period: Period
}

/** What a closed or running call weighs in each unit. */
export interface Weight {
  nanos: UsdNanos
  tokens: number
  calls: number
}

export function isRolling(period: Period): boolean {
  return 'rollingMs' in period
}

export function grainOf(period: Period): 'quarter-hour' | 'call' {
  return 'calendar' in period && period.calendar !== 'minute' ? 'quarter-hour' : 'call'
}

export function counts({ rule, demand }: BudgetDefinition, dimensions: Dimensions): boolean {
  return (demand.count === 'all' || dimensions.billing === 'metered') && inScope(rule.scope, dimensions)
}

export function keyOf({ demand }: BudgetDefinition, dimensions: Dimensions): string | null {
  return demand.each === null ? null : (valueOf(dimensions, demand.each) ?? '')
}

export function sumKey(definition: BudgetDefinition, key: string | null, window: TimeWindow): string {
  return `${definition.rule.id}\n${window.rolling ? 'rolling' : window.startMs}\n${key ?? ''}`
}

export function insertInOrder(parts: { atMs: number; amount: number }[], part: { atMs: number; amount: number }): void {
  let index = parts.length
  while (index > 0 && parts[index - 1]!.atMs > part.atMs) index -= 1
  parts.splice(index, 0, part)
}

/** Whether its rule says that it is counted over machines. */
export function isShared({ rule }: Pick<BudgetDefinition, 'rule'>): boolean {
  const { shared = false } = rule as { shared?: boolean | 'everyone' }
  return shared !== false
}
