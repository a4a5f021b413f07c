import type { CapReached } from '../../../shared/contract/contract.ts'
import { exactUsd, parseUsd } from '../../../shared/values/money.ts'
import { reachedSince } from '../../core/ledger/balances/cap-reached.ts'
import type { SpendPart } from '../../core/ledger/reports/spend-report.ts'
import type { BudgetState } from '../../core/policy/decision/facts.ts'
import { leftInAll } from '../../core/ledger/balances/budget-status.ts'
import { inScope, valueOf } from '../../core/policy/document/scope.ts'
import { grainOf, refusedCalls, spendParts } from '../../ledger/queries/spend-queries.ts'
import type { Database } from '../../ledger/store/sqlite.ts'

/** Refusals are looked for this far back: a month's calls are too many to read with every status. */
const LOOKED_BACK_MS = 24 * 3_600_000
/** More of them say nothing new. */
const MAX_REFUSALS = 1_000

/** Whether a cap has room for another ordinary call, and which work used it up; null while it has. */
export function capReached(database: Database, cap: BudgetState, nowMs: number): CapReached | null {
  if (cap.window.rolling || cap.key !== null) return null
  const refused = refusedCalls(database, Math.max(cap.window.startMs, nowMs - LOOKED_BACK_MS), MAX_REFUSALS)
  const ours = refused.flatMap(({ startedAt, refusal }) =>
    refusal?.code === 'cap-reached' && refusal.rule === cap.rule.id
      ? [{ atMs: Date.parse(startedAt), leftNanos: leftThen(refusal) }]
      : [],
  )
  if (ours.length === 0) return null
  const parts = spendParts(database, cap.window.startMs, nowMs + 1, grainOf(Object.keys(cap.rule.scope ?? {}))).filter(
    ({ dimensions, costNanos }) => costNanos > 0 && inScope(cap.rule.scope, dimensions),
  )
  const calls = parts.reduce((sum, part) => sum + part.calls, 0)
  const sinceMs = reachedSince(Math.max(0, leftInAll(cap)), ours, calls === 0 ? 0 : Math.round(cap.spent / calls))
  if (sinceMs === null) return null
  return {
    at: new Date(sinceMs).toISOString(),
    refused: ours.filter(({ atMs }) => atMs >= sinceMs).length,
    top: topWork(parts),
  }
}

function leftThen({ spentUsd, heldUsd, limitUsd }: Amounts): number {
  const [spent, held, limit] = [spentUsd, heldUsd, limitUsd].map((amount) => parseUsd(amount ?? '0') ?? 0)
  return Math.max(0, (limit ?? 0) - (spent ?? 0) - (held ?? 0))
}

interface Amounts {
  spentUsd: string | null
  heldUsd: string | null
  limitUsd: string | null
}

/** The project and agent that spent most. */
function topWork(parts: readonly SpendPart[]): CapReached['top'] {
  const sums = new Map<string, { project: string | null; agent: string | null; nanos: number }>()
  for (const { dimensions, costNanos } of parts) {
    const [project = null, agent = null] = ['project', 'agent'].map((name) => valueOf(dimensions, name) ?? null)
    const key = JSON.stringify([project, agent])
    const sum = sums.get(key) ?? { project, agent, nanos: 0 }
    sums.set(key, { ...sum, nanos: sum.nanos + costNanos })
  }
  const [top] = [...sums.values()].sort((a, b) => b.nanos - a.nanos)
  return top ? { project: top.project, agent: top.agent, costUsd: exactUsd(top.nanos) } : null
}
