import type { TimeWindow } from '../../../shared/values/time-window.ts'
import type { LeaseAnswer, LeaseRequest } from '../../core/ledger/leases/lease.ts'
import { TUNING } from '../../core/ledger/leases/tuning.ts'
import { LEASE_SCRIPT } from './lease-script.ts'
import type { ScriptServer } from './redis-door.ts'

export interface BudgetPlace {
  prefix: string
  name: string
  gatewayId: string
  window: TimeWindow
}

/** One request of a lease to the server, and what it says. Throws what the connection throws, and when the answer is none. */
export async function requestLease(
  server: ScriptServer,
  { prefix, name, gatewayId, window }: BudgetPlace,
  request: LeaseRequest,
): Promise<LeaseAnswer> {
  const { rolling } = window
  const spanMs = rolling ? (window.endMs - window.startMs) / 2 : 0
  const answer = await server.run(
    LEASE_SCRIPT,
    // Braces keep both on one node of a cluster.
    [`${prefix}{budgets}:${name}`, `${prefix}{budgets}:began`],
    [
      gatewayId,
      ...[request.seq, request.acked, request.spent, request.held, request.keep, request.need, request.want].map(whole),
      ...[request.limit, request.raised, TUNING.LEASE_MS, TUNING.RECOVERY_MS].map(whole),
      // A rolling window is always the present one.
      ...[rolling ? 0 : window.startMs, rolling ? 8.64e15 : window.endMs, spanMs].map(whole),
    ],
  )
  const numbers = answer.map(Number)
  if (numbers.length < 10 || !numbers.every(Number.isFinite)) throw new Error('the server gave an answer that is none')
  const [seq, stale, upTo, spentElsewhere, leasedElsewhere, raisedElsewhere, machines, left, recovering, nowMs] =
    numbers as [number, number, number, number, number, number, number, number, number, number]
  return {
    seq,
    stale: stale === 1,
    upTo,
    spentElsewhere,
    leasedElsewhere,
    raisedElsewhere,
    machines,
    left,
    recovering: recovering === 1,
    nowMs,
  }
}

function whole(value: number): string {
  return String(Math.round(value))
}
