import type { Ending } from '../../../shared/calls/call.ts'
import type { Refusal } from '../../../shared/calls/verdict.ts'
import { refusedByBudget, type RuleFinding } from '../../core/policy/decision/decide.ts'
import { plainRefusal } from '../../core/policy/decision/make-refusal.ts'
import { refusalOf, tightestBudget, topUp } from '../../ledger/books/admit.ts'
import type { Gained } from '../admission/gain-admission.ts'
import type { MeteredCallOptions, ResponseHead } from './metered-call.ts'
import type { PreparedCall } from '../preparation/prepare-call.ts'
import type { SpineParts } from '../spine-parts.ts'

export type Admitted = Extract<Gained, { kind: 'admitted' }>

/** Ties the metering of one admitted call to the books: where its hold grows, what ends it, what closes it. */
export function meteringOf(
  parts: SpineParts,
  prepared: PreparedCall,
  { hold, bound }: Admitted,
  response: { head: ResponseHead; isClamped: boolean },
): MeteredCallOptions {
  const { call, quote } = prepared
  const most = bound?.outputTokens ?? Number.POSITIVE_INFINITY
  let reached: RuleFinding | null = null
  return {
    ...response,
    prepared,
    hold,
    clock: parts.clock,
    topUp(held, needed, wanted, seen) {
      if (needed > most) reached = bound?.finding ?? null
      return reached ? null : topUp(parts.books, call, quote, held, needed, Math.min(wanted, most), seen)
    },
    isStopped: () => parts.books.traffic.killed.aborted,
    cutRefusal: () => parts.books.traffic.refusalFor(call) ?? cutRefusal(parts, prepared, reached),
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

/** Why a running stream was ended: the rule or the budget it ran into, in the same sentence as a first refusal. */
function cutRefusal({ books }: SpineParts, { call }: PreparedCall, reached: RuleFinding | null): Refusal {
  const budget = reached ? null : tightestBudget(books, call)
  const finding = reached ?? (budget && refusedByBudget(budget))
  return finding ? refusalOf(books, finding, true) : plainRefusal('cap-reached', 'the budget is used up.')
}
