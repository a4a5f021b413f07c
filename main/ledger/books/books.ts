import type { CallEvent, Closing, Correction } from '../../../shared/calls/events.ts'
import { totalTokens } from '../../../shared/calls/usage.ts'
import { nanosOf } from '../../core/ledger/reports/rollup.ts'
import { Balances, type Sharing } from '../../core/ledger/balances/balances.ts'
import { budgetDefinitions } from '../../core/ledger/balances/budget-definitions.ts'
import type { BudgetState, RecentCalls, SharedPart } from '../../core/policy/decision/facts.ts'
import { dimensionsOf } from '../../core/policy/document/scope.ts'
import { NO_RULES, type RulesInForce } from '../../core/policy/document/rules-in-force.ts'
import type { Ledger } from '../store/ledger.ts'
import { gatewayEvents, pastSpend } from '../queries/call-queries.ts'
import { PlanWindows } from './plan-usage.ts'
import { Traffic } from './traffic.ts'
import { WaitingLine } from './waiting-line.ts'

/** Budgets that are counted over several machines: somebody keeps leases of them, and is told what moves. */
export interface SharedBudgets extends Sharing {
  /** A call waits for that much room. */
  need(budget: BudgetState, amount: number): void
  /** Something was held, spent or given back. */
  moved(): void
}

/** A rule says that it is shared, and nobody says over which server. */
const ALONE: SharedPart = {
  upTo: null,
  isFinal: false,
  spentElsewhere: 0,
  leasedElsewhere: 0,
  raisedElsewhere: 0,
  machines: 0,
  trouble: 'the policy names no server for it',
}

const NOT_SHARED: SharedBudgets = { of: () => ALONE, need() {}, moved() {} }

/**
 * The ledger with what is derived from it for deciding: balances of the rules in force, the line of waiting calls, and
 * the recent calls that patterns are found in. Everything synchronous: nothing can come between reading and writing.
 */
export class Books {
  readonly ledger: Ledger
  readonly clock: () => number
  readonly waiting: WaitingLine
  readonly recent: RecentCalls
  readonly traffic: Traffic
  readonly plans: PlanWindows
  #inForce: RulesInForce = NO_RULES
  #balances = new Balances([], 'UTC')
  #sharing = NOT_SHARED

  constructor(ledger: Ledger, recent: RecentCalls, clock: () => number) {
    this.ledger = ledger
    this.recent = recent
    this.clock = clock
    this.waiting = new WaitingLine(clock)
    this.traffic = new Traffic(ledger, clock)
    this.plans = new PlanWindows(ledger, clock)
    // Calls that wait in line are refused at once when traffic stops.
    this.traffic.onChange(() => this.waiting.roomChanged())
  }

  get inForce(): RulesInForce {
    return this.#inForce
  }

  get sharing(): SharedBudgets {
    return this.#sharing
  }

  /** From here on shared budgets are counted with other machines; null counts them here alone. */
  shareWith(sharing: SharedBudgets | null): void {
    this.#sharing = sharing ?? NOT_SHARED
    this.waiting.roomChanged()
  }

  get balances(): Balances {
    return this.#balances
  }

  /** Puts other rules in force. What was spent stays spent: the balances are summed anew from the ledger. */
  setRules(inForce: RulesInForce): void {
    const balances = new Balances(budgetDefinitions(inForce.rules), inForce.timeZone, {
      of: (budget) => this.#sharing.of(budget),
    })
    const nowMs = this.clock()
    const { database } = this.ledger.store
    for (const past of pastSpend(
      database,
      balances.horizonMs('quarter-hour', nowMs),
      balances.horizonMs('call', nowMs),
    ))
      balances.restore(past)
    const raises = gatewayEvents(database, ['budget.raised'], nowMs - 32 * 86_400_000)
    for (const { event } of [...raises, ...this.ledger.unwritten]) {
      if (event.type === 'budget.raised' && inForce.own.has(event.rule) === (event.own ?? false))
        balances.raise(event.rule, event.amountNanos, event.untilMs)
      if (event.type === 'call.settled' || event.type === 'call.released') this.#restoreUnwritten(balances, event)
    }
    balances.adoptHolds(this.#balances)
    this.#inForce = inForce
    this.#balances = balances
    this.#sharing.moved()
    this.waiting.roomChanged()
  }

  /** A closing that waits for the disk: its call is over, but the file does not say so yet. */
  #restoreUnwritten(balances: Balances, event: Extract<CallEvent, { type: 'call.settled' | 'call.released' }>): void {
    const live = this.ledger.store.liveCall(event.callId)
    if (live === null || live.admittedMs === null) return
    const closing = event.type === 'call.settled' ? event.closing : null
    const weight = { nanos: closing?.costNanos ?? 0, tokens: closing ? totalTokens(closing.usage) : 0, calls: 1 }
    for (const grain of ['quarter-hour', 'call'] as const) {
      balances.restore({ grain, dimensions: dimensionsOf(live.record), atMs: live.admittedMs, weight })
    }
  }

  /** The one closing of an admitted call. */
  settle(callId: string, closing: Closing, tokens: number): void {
    this.ledger.record({ type: 'call.settled', callId, closing })
    this.#balances.close(callId, closing.costNanos, tokens)
    this.#sharing.moved()
    this.waiting.roomChanged()
  }

  /** A closed call costs something else than its closing said: a new fact, and the difference in every balance it is in. */
  reprice(callId: string, reason: 'price-corrected' | 'usage-reported', correction: Correction): void {
    const before = this.ledger.store.closedCall(callId)
    if (!before?.record.usage) return
    this.ledger.record({ type: 'call.repriced', callId, reason, correction })
    if (before.admittedMs === null) return
    const nanos = correction.costNanos - nanosOf(before.record.costUsd)
    const tokens = totalTokens(correction.usage) - totalTokens(before.record.usage)
    this.#balances.correct(dimensionsOf(before.record), before.admittedMs, nanos, tokens)
    this.waiting.roomChanged()
  }

  /** Remembers which call a response belongs to, so that a later read of it finds its call even after a restart. */
  rememberResponse(responseId: string, callId: string): void {
    try {
      this.ledger.store.firstSightOf(responseId, callId, this.clock())
    } catch {
      // A disk that is full costs a correction after a restart, nothing now.
    }
  }

  /** A hold that could not be written down: the call was never admitted. */
  dropHold(callId: string): void {
    this.#balances.dropHold(callId)
    this.waiting.roomChanged()
  }

  /** Nothing was spent: the upstream refused, or was never reached. */
  release(callId: string, reason: string, httpStatus: number | null, ending: Closing['ending']): void {
    this.ledger.record({ type: 'call.released', callId, reason, httpStatus, ending })
    if (this.#balances.hasHold(callId)) this.#balances.close(callId, 0, 0)
    this.#sharing.moved()
    this.waiting.roomChanged()
  }
}
