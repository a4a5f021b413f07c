import type { Refusal } from '../../../shared/calls/verdict.ts'
import { refusedByBudget, type RuleFinding } from '../../core/policy/decision/decide.ts'
import { plainRefusal } from '../../core/policy/decision/make-refusal.ts'
import { refusalOf, tightestBudget, topUp } from '../../ledger/books/admit.ts'
import type { Books } from '../../ledger/books/books.ts'
import type { HeldCall, PreparedCall, ResponseHead, SettleCall } from '../call/call-states.ts'
import { describeError } from '../../platform/system/describe-error.ts'
import { RunningCall } from './running-call.ts'

export interface RunParts {
  books: Books
  settleCall: SettleCall
  clock(): number
  log(level: 'error', message: string, fields?: Record<string, unknown>): void
}

/** Starts metering a held call whose answer has begun, tied to the books: where its hold grows, what ends it, what settles it. */
export function runCall(
  parts: RunParts,
  { prepared, hold, bound }: HeldCall,
  response: { head: ResponseHead; isClamped: boolean },
): RunningCall {
  const { call, quote } = prepared
  const most = bound?.outputTokens ?? Number.POSITIVE_INFINITY
  let reached: RuleFinding | null = null
  return new RunningCall({
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
    settleCall: parts.settleCall,
    meterFailed: (error) =>
      parts.log('error', 'an answer could not be metered, so its cost is an estimate', {
        callId: call.callId,
        ...describeError(error),
      }),
  })
}

/** Why a running stream was ended: the rule or the budget it ran into, in the same sentence as a first refusal. */
function cutRefusal({ books }: RunParts, { call }: PreparedCall, reached: RuleFinding | null): Refusal {
  const budget = reached ? null : tightestBudget(books, call)
  const finding = reached ?? (budget && refusedByBudget(budget))
  return finding ? refusalOf(books, finding, true) : plainRefusal('cap-reached', 'the budget is used up.')
}
