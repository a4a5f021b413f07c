import type { CallRecord } from '../../../shared/calls/call.ts'
import type { UsdNanos } from '../../../shared/values/money.ts'
import type { RuleBase } from '../../../shared/rules/policy.ts'
import { windowAt } from '../../../shared/values/time-window.ts'
import { totalTokens } from '../../../shared/calls/usage.ts'
import { budgetDefinitions } from '../../core/ledger/balances/budget-definitions.ts'
import type { CapSpender, CapSpending } from '../../core/ledger/reports/why-refused.ts'
import { dimensionsOf, inScope, valueOf } from '../../core/policy/document/scope.ts'
import { grainOf, spendParts } from '../../ledger/queries/spend-queries.ts'
import type { Database } from '../../ledger/store/sqlite.ts'

/** More names than this make no sentence. */
const MOST_SPENDERS = 3

/** Who had spent a cap by the time it refused a call, and on what. Null when its rule is no longer in force. */
export function capSpending(
  database: Database,
  refused: CallRecord,
  rules: readonly RuleBase[],
  timeZone: string,
): CapSpending | null {
  const rule = rules.find(({ id }) => id === refused.refusal?.rule)
  const [definition] = rule ? budgetDefinitions([rule]) : []
  if (!rule || !definition || definition.demand.unit === 'calls') return null
  const atMs = Date.parse(refused.startedAt)
  const { startMs } = windowAt(definition.period, timeZone, atMs)
  const { each, count, unit } = definition.demand
  const keyOf = (dimensions: Parameters<typeof valueOf>[0]) => (each === null ? null : valueOf(dimensions, each))
  const key = keyOf(dimensionsOf(refused))
  const spenders = new Map<string, CapSpender>()
  const grain = grainOf([...Object.keys(rule.scope ?? {}), each ?? ''])
  for (const part of spendParts(database, startMs, atMs + 1, grain)) {
    const { dimensions } = part
    if (count === 'metered' && dimensions.billing !== 'metered') continue
    if (!inScope(rule.scope, dimensions) || keyOf(dimensions) !== key || part.calls === 0) continue
    const [project, agent, process, model] = ['project', 'agent', 'process', 'model'].map((name) =>
      valueOf(dimensions, name),
    )
    const name = [agent ?? process ?? 'a program', project].filter(Boolean).join(' in ')
    const known = spenders.get(`${name}\n${model}`) ?? { name, model: model ?? null, calls: 0, nanos: 0, tokens: 0 }
    spenders.set(`${name}\n${model}`, {
      ...known,
      calls: known.calls + part.calls,
      nanos: known.nanos + part.costNanos,
      tokens: known.tokens + totalTokens(part.usage),
    })
  }
  const amount = (spender: CapSpender): UsdNanos => (unit === 'usd' ? spender.nanos : spender.tokens)
  const sorted = [...spenders.values()].sort((a, b) => amount(b) - amount(a))
  return {
    fromMs: startMs,
    spenders: sorted.slice(0, MOST_SPENDERS),
    others: Math.max(0, sorted.length - MOST_SPENDERS),
  }
}
