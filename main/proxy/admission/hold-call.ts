import { setTimeout as delay } from 'node:timers/promises'
import { AllowanceError } from '../../../shared/contract/errors.ts'
import type { Refusal, Verdict } from '../../../shared/calls/verdict.ts'
import { answerBy } from '../../core/policy/decision/client-patience.ts'
import { plainRefusal } from '../../core/policy/decision/make-refusal.ts'
import type { CallFacts } from '../../../shared/calls/events.ts'
import { refusedByBudget, type RuleFinding } from '../../core/policy/decision/decide.ts'
import type { BudgetState } from '../../core/policy/decision/facts.ts'
import { dimensionsOf } from '../../core/policy/document/scope.ts'
import { admit, type Admission, refuse, refuseWith } from '../../ledger/books/admit.ts'
import type { Books } from '../../ledger/books/books.ts'
import type { HeldCall, PreparedCall } from '../call/call-states.ts'

/** The longest that a call waits for other calls' holds. */
const MAX_WAIT_MS = 60_000
/** After this wait a call takes less than the usual, where little money is left: a slow answer ahead may take as long again. */
const PATIENCE_MS = 5_000

/** What became of a prepared call. */
export type HoldOutcome =
  | HeldCall
  | { kind: 'refused'; refusal: Refusal; verdicts: Verdict[] }
  /** The client left while it waited: nothing was sent, nobody is there to be told. */
  | { kind: 'gone' }
  /** The ledger cannot be written and the policy says that work goes on all the same. */
  | { kind: 'unmetered' }

/** What came of a question. `nobody` was there to be asked; `stopped`: traffic was stopped meanwhile, so look again. */
export type Asked = 'yes' | 'no' | 'gone' | 'nobody' | 'stopped'

/** Puts a held call's question to somebody who can answer. */
export interface Asking {
  /** `byMs`: when its client has to have an answer, before it gives up. */
  ask(call: CallFacts, finding: RuleFinding, byMs: number, gone: AbortSignal): Promise<Asked>
  /** Rules that a call is let through by, because that was said for a while. */
  exemptRules(call: CallFacts): string[]
}

export interface HoldParts {
  books: Books
  asking: Asking
  /** Why no call may be sent at all: the policy cannot be had and says `closed`. Null when calls may go. */
  gate(): Refusal | null
  /** Whether calls go on unmetered while the ledger cannot be written. */
  onLedgerUnavailable(): 'open' | 'closed'
  /** Shares of a budget at which the policy wants agents to be told; empty when it does not. */
  steeringAt(): readonly number[]
  /** A call was admitted: calls after it are judged with it. */
  observeAdmitted(prepared: PreparedCall): void
  /** Its hold could not be written: it was not admitted after all. */
  observeUnheld(prepared: PreparedCall): void
}

/**
 * Takes a call to its admission or refusal, through waits, delays and questions. Nothing is sent to the client before
 * the answer, so a refusal always has its proper shape.
 */
export async function holdCall(parts: HoldParts, prepared: PreparedCall, gone: AbortSignal): Promise<HoldOutcome> {
  // A client may leave while its call is read and counted; nobody is there to be answered or charged.
  if (gone.aborted) return { kind: 'gone' }
  const { books } = parts
  const { call } = prepared
  try {
    const closed = parts.gate()
    const outcome = closed ? final(refuseWith(books, call, closed, [])) : await askAndWait(parts, prepared, gone)
    await inTheBooks(parts, outcome)
    return outcome
  } catch (error) {
    const isLedgerGone = error instanceof AllowanceError && error.code === 'ledger-unavailable'
    // One that waited already is known to the ledger, and must not be left waiting there for ever.
    if (isKnown(books, call))
      books.release(
        call.callId,
        isLedgerGone ? 'the ledger could not be written' : 'the gateway failed',
        null,
        'crashed',
      )
    if (!isLedgerGone) throw error
    if (parts.onLedgerUnavailable() === 'open') return { kind: 'unmetered' }
    return {
      kind: 'refused',
      refusal: plainRefusal('ledger-unavailable', `${error.message}, so the call was not sent. ${error.fix ?? ''}.`),
      verdicts: [],
    }
  }
}

/** What was decided is in the file before anybody hears of it, and before anything is sent. */
async function inTheBooks(parts: HoldParts, outcome: HoldOutcome): Promise<void> {
  if (outcome.kind !== 'held') return parts.books.ledger.committed()
  try {
    await outcome.written
  } catch (error) {
    parts.books.dropHold(outcome.prepared.call.callId)
    parts.observeUnheld(outcome.prepared)
    throw error
  }
}

async function askAndWait(parts: HoldParts, prepared: PreparedCall, gone: AbortSignal): Promise<HoldOutcome> {
  const { books, asking } = parts
  const { call } = prepared
  const settledRules = new Set(asking.exemptRules(call))
  const startedMs = books.clock()
  const byMs = answerBy(prepared.head.headers, call.startedAtMs)
  const deadlineMs = Math.min(startedMs + MAX_WAIT_MS, byMs)
  let isFirst = true
  const attempt = (inLine: boolean): Admission => {
    // Calls that came before anything was learned would else wait for the worst case to fit.
    if (!isFirst) prepared.quote = prepared.requote()
    isFirst = false
    const isImpatient = inLine && books.clock() - startedMs >= PATIENCE_MS
    const admission = admit(books, {
      ...prepared,
      takesNotice: prepared.takesNotice,
      steeringAt: parts.steeringAt(),
      settledRules,
      inLine,
      isImpatient,
    })
    // In the same breath: of twenty calls at once each has to see those before it.
    if (admission.kind === 'admitted') parts.observeAdmitted(prepared)
    return admission
  }
  let announced = false
  let admission = attempt(false)
  for (;;) {
    switch (admission.kind) {
      case 'admitted':
        return { ...admission, kind: 'held', prepared }
      case 'refused':
        return admission
      case 'throttle':
        await delay(Math.min(admission.delayMs, Math.max(0, byMs - books.clock())), undefined, { signal: gone }).catch(
          () => {},
        )
        if (gone.aborted) return leave(books, call)
        settledRules.add(admission.rule)
        admission = attempt(false)
        break
      case 'ask': {
        const { finding, verdicts } = admission
        const answer = await asking.ask(call, finding, byMs, gone)
        if (answer === 'gone') return leave(books, call)
        if (answer === 'no')
          return final(refuse(books, call, { ...finding, verdict: 'deny', code: 'declined' }, verdicts))
        // Where nobody can be asked, to ask is to deny.
        if (answer === 'nobody') return final(refuse(books, call, { ...finding, verdict: 'deny' }, verdicts))
        if (answer === 'yes') settledRules.add(finding.rule.id)
        admission = attempt(false)
        break
      }
      case 'wait':
        if (!announced)
          books.ledger.record({ type: 'call.waiting', callId: call.callId, call, blockedBy: [...admission.blockedBy] })
        announced = true
        admission = await waitInLine(books, call, admission, () => attempt(true), deadlineMs, gone)
        if (gone.aborted && admission.kind === 'wait') return leave(books, call)
        break
    }
  }
}

async function waitInLine(
  books: Books,
  call: CallFacts,
  waiting: Extract<Admission, { kind: 'wait' }>,
  tryNow: () => Admission,
  deadlineMs: number,
  gone: AbortSignal,
): Promise<Admission> {
  let admission: Admission = waiting
  let last = waiting
  let failure: unknown = null
  const attempt = () => {
    try {
      admission = tryNow()
    } catch (error) {
      // The line is swept when another call settles: that one must not pay for a fault of this one.
      failure = error
      return { done: true } as const
    }
    if (admission.kind !== 'wait') return { done: true } as const
    last = admission
    return { done: false, blockedBy: admission.blockedBy } as const
  }
  const outcome = await books.waiting.wait(waiting.blockedBy, attempt, deadlineMs, gone)
  if (failure !== null) throw failure
  if (outcome !== 'timeout') return admission
  return refuse(books, call, refusedByBudget(asItStands(books, call, last.budget)), last.verdicts)
}

/** Those at the end of a line are seldom looked at: what their budget was then is not what it is. */
function asItStands({ balances, clock }: Books, call: CallFacts, last: BudgetState): BudgetState {
  const states = balances.statesFor(dimensionsOf(call), clock())
  return states.find(({ rule, key }) => rule.id === last.rule.id && key === last.key) ?? last
}

function isKnown({ ledger }: Books, { callId }: CallFacts): boolean {
  return (
    ledger.store.liveCall(callId) !== null ||
    ledger.unwritten.some(({ event }) => 'callId' in event && event.callId === callId)
  )
}

/** One that was only delayed is not known to the ledger, and need not be. */
function leave(books: Books, call: CallFacts): HoldOutcome {
  if (isKnown(books, call)) books.release(call.callId, 'the client left while the call waited', null, 'client-left')
  return { kind: 'gone' }
}

function final(admission: Admission): HoldOutcome {
  if (admission.kind !== 'refused') throw new Error(`a refusal became ${admission.kind}`)
  return admission
}
