import type { CallFacts } from '../../../shared/calls/events.ts'
import type { Refusal, Verdict } from '../../../shared/calls/verdict.ts'
import type { Quote } from '../../core/metering/quote/quote.ts'
import {
  boundingBudgets,
  type Decision,
  decide,
  type RuleBound,
  type RuleFinding,
} from '../../core/policy/decision/decide.ts'
import { beyondLease } from '../../core/policy/decision/beyond-lease.ts'
import type { BudgetState, Workload } from '../../core/policy/decision/facts.ts'
import { makeRefusal } from '../../core/policy/decision/make-refusal.ts'
import { steeringNotice } from '../../core/policy/decision/steering.ts'
import { amountFor, growHold, type Hold } from '../../core/policy/decision/size-hold.ts'
import { originOf } from '../../core/policy/document/rules-in-force.ts'
import { dimensionsOf } from '../../core/policy/document/scope.ts'
import type { Books } from './books.ts'

export interface AdmissionRequest {
  call: CallFacts
  quote: Quote
  /** What guards want to know beside the call; nothing when left out. */
  workload?: Workload | undefined
  /** The dialect has a place where the agent can be told something. */
  takesNotice?: boolean | undefined
  /** Shares of a budget at which the agent is told. */
  steeringAt?: readonly number[] | undefined
  /** Rules whose question was answered with yes, or whose delay was served. */
  settledRules: ReadonlySet<string>
  /** True when the call stands at the head of the line already; otherwise it lines up behind others that wait. */
  inLine: boolean
  /** It has waited so long that it takes what there is, where that makes sense at all. */
  isImpatient?: boolean
}

export type Admission =
  | {
      kind: 'admitted'
      hold: Hold
      clampTo: number | null
      bound: RuleBound | null
      notice: string | null
      verdicts: Verdict[]
      /** The hold is in the file: before it nothing may be sent. Rejects with `ledger-unavailable`; then nothing is held. */
      written: Promise<void>
    }
  | { kind: 'refused'; refusal: Refusal; verdicts: Verdict[] }
  | { kind: 'wait'; blockedBy: ReadonlySet<string>; budget: BudgetState; verdicts: Verdict[] }
  | { kind: 'throttle'; rule: string; delayMs: number; verdicts: Verdict[] }
  | { kind: 'ask'; finding: RuleFinding; verdicts: Verdict[] }

/**
 * One synchronous breath: read the balances, decide, append the hold. No `await` can come between, so twenty parallel
 * calls against room for ten admit ten. Throws `ledger-unavailable` where nothing can be
 * written; the hold itself is in the file when `written` resolves.
 */
export function admit(books: Books, request: AdmissionRequest): Admission {
  const { call, quote, settledRules, isImpatient, workload } = request
  const { inForce, balances, ledger } = books
  const stopped = books.traffic.refusalFor(call)
  if (stopped) return refuseWith(books, call, stopped, [])
  const nowMs = books.clock()
  const dimensions = dimensionsOf(call)
  const budgets = balances.statesFor(dimensions, nowMs)
  const decision =
    standBehind(books, request, budgets) ??
    decide({ ...inForce, call, quote, budgets, settledRules, isImpatient, nowMs, recent: books.recent, workload })
  switch (decision.kind) {
    case 'admit': {
      const { hold, clampTo, bound } = decision
      const steering = request.takesNotice === true ? steeringFor(request, budgets, decision.steering) : null
      const verdicts = steering ? [...decision.verdicts, steering.verdict] : decision.verdicts
      const written = ledger.hold({
        type: 'call.admitted',
        callId: call.callId,
        call,
        quote: {
          inputTokens: quote.inputTokens,
          inputNanos: quote.expectedInputNanos,
          expectedOutputTokens: Math.min(
            quote.expectedOutputTokens,
            clampTo === null ? quote.worstOutputTokens : clampTo * quote.choices,
          ),
          worstOutputTokens: quote.worstOutputTokens,
          outputNanosPerMillion: quote.outputNanosPerMillion,
        },
        holdNanos: hold.nanos,
        holdTokens: hold.tokens,
        clampedTo: clampTo,
        verdicts,
      })
      balances.openHold(call.callId, dimensions, nowMs, hold.nanos, hold.tokens)
      books.sharing.moved()
      return { kind: 'admitted', hold, clampTo, bound, notice: steering?.text ?? null, verdicts, written }
    }
    case 'wait':
      for (const budget of decision.blockedBy)
        if (budget.shared && decision.tokens !== undefined)
          books.sharing.need(budget, amountFor(quote, decision.tokens, budget))
      return {
        kind: 'wait',
        blockedBy: new Set(decision.blockedBy.map(budgetName)),
        budget: decision.blockedBy[0]!,
        verdicts: decision.verdicts,
      }
    case 'throttle':
      return {
        kind: 'throttle',
        rule: decision.finding.rule.id,
        delayMs: decision.delayMs,
        verdicts: decision.verdicts,
      }
    case 'ask':
      return { kind: 'ask', finding: decision.finding, verdicts: decision.verdicts }
    case 'refuse':
      return refuse(books, call, decision.finding, decision.verdicts)
  }
}

/** Writes the refusal of a finding; also used when a wait ran out or a question was answered with no. */
export function refuse(books: Books, call: CallFacts, finding: RuleFinding, verdicts: Verdict[]): Admission {
  const refusal = refusalOf(books, finding)
  return refuseWith(books, call, refusal, finding.reason === '' ? [...verdicts, spoken(finding, refusal)] : verdicts)
}

/** The sentence of a finding under the rules in force. `midStream`: an answer that has begun is ended by it. */
export function refusalOf({ inForce, clock }: Books, finding: RuleFinding, midStream = false): Refusal {
  const origin = originOf(inForce, finding.rule.id)
  return makeRefusal({
    finding,
    origin,
    policyVersion: origin === 'policy' ? inForce.version : null,
    mayRaise: inForce.mayRaise || origin !== 'policy',
    timeZone: inForce.timeZone,
    nowMs: clock(),
    midStream,
  })
}

/** A cap that leaves no room says so in the refusal's own sentence. */
function spoken({ rule, verdict }: RuleFinding, { message }: Refusal): Verdict {
  return { guard: rule.guard, rule: rule.id, verdict, reason: message.replace(/^Allowance: /, '') }
}

/** What the agent is told with this call, and its declaration on the record: the call was not sent as it came. */
function steeringFor(
  { steeringAt = [] }: AdmissionRequest,
  budgets: readonly BudgetState[],
  warned: { rule: string; text: string } | null,
): { text: string; verdict: Verdict } | null {
  const near = steeringNotice(boundingBudgets(budgets), steeringAt)
  const told = near ?? warned
  if (told === null) return null
  const when = near ? ` at ${Math.round(near.at * 100)} %` : ''
  const verdict: Verdict = {
    guard: 'steering',
    rule: told.rule,
    verdict: 'warn',
    reason: `the agent was told${when}: ${told.text}`,
  }
  return { text: told.text, verdict }
}

/** Writes down that a call was refused. Throws `ledger-unavailable`. */
export function refuseWith(books: Books, call: CallFacts, refusal: Refusal, verdicts: Verdict[]): Admission {
  books.ledger.record({ type: 'call.refused', callId: call.callId, call, refusal, verdicts })
  return { kind: 'refused', refusal, verdicts }
}

/**
 * A bigger hold for a running stream: at least `neededTokens` of output in all, `wantedTokens` where there is room.
 * Null when the budgets have nothing left: the stream has to be ended. Synchronous, as admission is.
 */
export function topUp(
  books: Books,
  call: CallFacts,
  quote: Quote,
  hold: Hold,
  neededTokens: number,
  wantedTokens: number,
  seenTokens: number,
): Hold | null {
  const { balances, ledger } = books
  const budgets = boundingBudgets(balances.statesOfHold(call.callId, books.clock())).map(beyondLease)
  const grown = growHold(quote, hold, neededTokens, wantedTokens, budgets)
  if (!grown) return null
  ledger.record({
    type: 'call.topped-up',
    callId: call.callId,
    holdNanos: grown.nanos,
    holdTokens: grown.tokens,
    outputTokensSeen: seenTokens,
  })
  balances.growHold(call.callId, grown.nanos, grown.tokens)
  books.sharing.moved()
  return grown
}

/** The budget that a stream ran into, for the sentence that ends it. */
export function tightestBudget(books: Books, call: CallFacts): BudgetState | null {
  const budgets = boundingBudgets(books.balances.statesOfHold(call.callId, books.clock()))
  const share = (budget: BudgetState) => (budget.spent + budget.held) / Math.max(1, budget.limit + budget.raised)
  return budgets.reduce<BudgetState | null>(
    (tightest, budget) => (!tightest || share(budget) > share(tightest) ? budget : tightest),
    null,
  )
}

/** Somebody waits already for a budget that this newcomer needs: it lines up behind, or the line would be no line. */
function standBehind(books: Books, request: AdmissionRequest, budgets: BudgetState[]): Decision | null {
  if (request.inLine || books.waiting.length === 0) return null
  const { contended } = books.waiting
  const shared = boundingBudgets(budgets).filter((budget) => contended.has(budgetName(budget)))
  return shared.length > 0 ? { kind: 'wait', blockedBy: shared, verdicts: [] } : null
}

function budgetName(budget: BudgetState): string {
  return `${budget.rule.id}\n${budget.key ?? ''}`
}
