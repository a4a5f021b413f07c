import { setTimeout as delay } from 'node:timers/promises'
import { AllowanceError } from '../../shared/errors.ts'
import type { Refusal, Verdict } from '../../shared/verdict.ts'
import { plainRefusal } from '../core/policy/make-refusal.ts'
import type { Quote } from '../core/metering/quote.ts'
import type { CallFacts } from '../../shared/events.ts'
import type { Hold } from '../core/policy/size-hold.ts'
import { refusedByBudget, type RuleFinding } from '../core/policy/decide.ts'
import { admit, type Admission, refuse } from '../ledger/admit.ts'
import type { Books } from '../ledger/books.ts'
import type { PreparedCall } from './prepare-call.ts'
import type { SpineParts } from './spine-parts.ts'

/** The longest that a call waits for other calls' holds. */
const MAX_WAIT_MS = 60_000

export type Gained =
  | { kind: 'admitted'; hold: Hold; clampTo: number | null; verdicts: Verdict[] }
  | { kind: 'refused'; refusal: Refusal; verdicts: Verdict[] }
  /** The client left while it waited: nothing was sent, nobody is there to be told. */
  | { kind: 'gone' }
  /** The ledger cannot be written and the policy says that work goes on all the same. */
  | { kind: 'unmetered' }

/** Puts a held call's question to whoever can answer; `no` at once where nobody can. */
export interface Asking {
  ask(call: CallFacts, finding: RuleFinding, gone: AbortSignal): Promise<'yes' | 'no' | 'gone'>
}

/**
 * Takes a call to its admission or refusal, through waits, delays and questions. Nothing is sent to the client before
 * the answer, so a refusal always has its proper shape.
 */
export async function gainAdmission(
  parts: Pick<SpineParts, 'books' | 'asking' | 'onLedgerUnavailable'>,
  { call, quote }: Pick<PreparedCall, 'call' | 'quote'>,
  gone: AbortSignal,
): Promise<Gained> {
  // A client may leave while its call is read and counted; nobody is there to be answered or charged.
  if (gone.aborted) return { kind: 'gone' }
  try {
    return await askAndWait(parts.books, parts.asking, call, quote, gone)
  } catch (error) {
    if (!(error instanceof AllowanceError) || error.code !== 'ledger-unavailable') throw error
    // One that waited already is known to the ledger, and must not be left waiting there for ever.
    if (isKnown(parts.books, call)) parts.books.release(call.callId, 'the ledger could not be written', null, 'crashed')
    if (parts.onLedgerUnavailable() === 'open') return { kind: 'unmetered' }
    return { kind: 'refused', refusal: plainRefusal('ledger-unavailable', `${error.message}, so the call was not sent. ${error.fix ?? ''}.`), verdicts: [] }
  }
}

async function askAndWait(books: Books, asking: Asking, call: CallFacts, quote: Quote, gone: AbortSignal): Promise<Gained> {
  const settledRules = new Set<string>()
  const deadlineMs = books.clock() + MAX_WAIT_MS
  let announced = false
  let admission = admit(books, { call, quote, settledRules, inLine: false })
  for (;;) {
    switch (admission.kind) {
      case 'admitted':
      case 'refused':
        return admission
      case 'throttle':
        await delay(admission.delayMs, undefined, { signal: gone }).catch(() => {})
        if (gone.aborted) return { kind: 'gone' }
        settledRules.add(admission.rule)
        admission = admit(books, { call, quote, settledRules, inLine: false })
        break
      case 'ask': {
        const answer = await asking.ask(call, admission.finding, gone)
        if (answer === 'gone') return { kind: 'gone' }
        if (answer === 'no') return final(refuse(books, call, { ...admission.finding, verdict: 'deny', code: 'declined' }, admission.verdicts))
        settledRules.add(admission.finding.rule.id)
        admission = admit(books, { call, quote, settledRules, inLine: false })
        break
      }
      case 'wait':
        if (!announced) books.ledger.record({ type: 'call.waiting', callId: call.callId, call, blockedBy: [...admission.blockedBy] })
        announced = true
        admission = await waitInLine(books, call, quote, settledRules, admission, deadlineMs, gone)
        if (gone.aborted && admission.kind === 'wait') return leave(books, call)
        break
    }
  }
}

async function waitInLine(
  books: Books,
  call: CallFacts,
  quote: Quote,
  settledRules: ReadonlySet<string>,
  waiting: Extract<Admission, { kind: 'wait' }>,
  deadlineMs: number,
  gone: AbortSignal,
): Promise<Admission> {
  let admission: Admission = waiting
  let last = waiting
  let failure: unknown = null
  const attempt = () => {
    try {
      admission = admit(books, { call, quote, settledRules, inLine: true })
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
  return refuse(books, call, refusedByBudget(last.budget), last.verdicts)
}

function isKnown({ ledger }: Books, { callId }: CallFacts): boolean {
  return ledger.store.liveCall(callId) !== null || ledger.unwritten.some(({ event }) => 'callId' in event && event.callId === callId)
}

function leave(books: Books, call: CallFacts): Gained {
  books.release(call.callId, 'the client left while the call waited', null, 'client-left')
  return { kind: 'gone' }
}

function final(admission: Admission): Gained {
  if (admission.kind !== 'refused') throw new Error(`a refusal became ${admission.kind}`)
  return admission
}
