import type { Ending } from '../../shared/call.ts'
import type { Refusal } from '../../shared/verdict.ts'
import { refusedByBudget } from '../core/policy/decide.ts'
import { makeRefusal, plainRefusal } from '../core/policy/make-refusal.ts'
import { tightestBudget, topUp } from '../ledger/admit.ts'
import type { Gained } from './gain-admission.ts'
import type { MeteredCallOptions, ResponseHead } from './metered-call.ts'
import type { PreparedCall } from './prepare-call.ts'
import type { SpineParts } from './spine-parts.ts'

export type Admitted = Extract<Gained, { kind: 'admitted' }>

/** Ties the metering of one admitted call to the books: where its hold grows, what ends it, what closes it. */
export function meteringOf(
  parts: SpineParts,
  prepared: PreparedCall,
  { hold }: Admitted,
  response: { head: ResponseHead; isClamped: boolean },
): MeteredCallOptions {
  const { call, quote } = prepared
  return {
    ...response,
    prepared,
    hold,
    clock: parts.clock,
    topUp: (held, needed, wanted, seen) => topUp(parts.books, call, quote, held, needed, wanted, seen),
    isStopped: () => parts.books.traffic.killed.aborted,
    cutRefusal: () => parts.books.traffic.refusalFor(call) ?? cutRefusal(parts, prepared),
    closeCall: parts.closeCall,
  }
}

/** Closes an admitted call that nobody answered. `spent`: the request may have arrived, so it may cost. */
export async function closeUnanswered(
  parts: SpineParts,
  prepared: PreparedCall,
  ending: Ending,
  spent: boolean,
): Promise<void> {
  const { call, dialect, request } = prepared
  if (!spent) {
    parts.books.release(call.callId, 'the upstream could not be reached', null, ending)
    return
  }
  const reading = dialect.createReader(request).reading()
  await parts.closeCall({
    prepared,
    head: null,
    ending,
    cutBy: null,
    reading,
    isUnreadable: false,
    pace: { stepTokens: 0, tokensPerSecond: 0 },
    firstByteAtMs: null,
    heldOutputTokens: null,
  })
}

/** Why a running stream was ended: the budget it ran into, in the same sentence as a first refusal. */
function cutRefusal(parts: SpineParts, { call }: PreparedCall): Refusal {
  const budget = tightestBudget(parts.books, call)
  if (!budget) return plainRefusal('cap-reached', 'the budget is used up.')
  const { inForce } = parts.books
  const own = inForce.own.has(budget.rule.id)
  return makeRefusal({
    finding: refusedByBudget(budget),
    policyVersion: own ? null : inForce.version,
    mayRaise: inForce.mayRaise && !own,
    timeZone: inForce.timeZone,
    nowMs: parts.clock(),
  })
}
