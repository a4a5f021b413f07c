import type { LedgerEvent } from '../../../shared/calls/events.ts'
import { thresholdPassed } from '../../core/policy/guards/caps/cap-finding.ts'
import type { BudgetState } from '../../core/policy/decision/facts.ts'
import { describeBudget } from '../../core/policy/decision/sentences.ts'
import { dimensionsOf } from '../../core/policy/document/scope.ts'
import type { Books } from '../books/books.ts'
import type { Appended } from '../store/ledger.ts'
import { gatewayEvents } from '../queries/call-queries.ts'

/** Budgets of a month are warned of once a month: so far back the ledger is asked what was said already. */
const REMEMBERED_MS = 32 * 86_400_000

/** From here on the oldest are forgotten: more keys than any one window has. */
const MAX_REMEMBERED = 20_000

/**
 * Says once a rule, key, window and threshold that a budget has passed one of its `warnAt` marks. A call that passes
 * several says the highest alone. What was said is read back from the ledger, so a restart repeats nothing.
 */
export class BudgetWarnings {
  readonly #books: Books
  readonly #said = new Set<string>()
  readonly #unsubscribe: () => void

  constructor(books: Books) {
    this.#books = books
    for (const { event } of gatewayEvents(
      books.ledger.store.database,
      ['budget.warned'],
      books.clock() - REMEMBERED_MS,
    )) {
      if (event.type === 'budget.warned') this.#remember(event)
    }
    this.#unsubscribe = books.ledger.subscribe((appended) => this.#onAppended(appended))
  }

  /** Looks at every budget: after other rules came into force, what is spent may be past their marks. */
  checkAll(): void {
    this.#check(this.#books.balances.allStates(this.#books.clock()))
  }

  close(): void {
    this.#unsubscribe()
  }

  /** The balances are written just after the closing is: look when both are done. */
  #onAppended({ event, record }: Appended): void {
    if (record === null || (event.type !== 'call.settled' && event.type !== 'call.expired')) return
    const dimensions = dimensionsOf(record)
    queueMicrotask(() => this.#check(this.#books.balances.statesFor(dimensions, this.#books.clock())))
  }

  #check(states: readonly BudgetState[]): void {
    for (const state of states) {
      const { warnAt = [] } = state.rule as { warnAt?: number[] }
      const threshold = thresholdPassed(state, warnAt)
      if (threshold === null || this.#said.has(keyOf(state.rule.id, state.key, windowStart(state), threshold))) continue
      const { timeZone } = this.#books.inForce
      const event: LedgerEvent = {
        type: 'budget.warned',
        rule: state.rule.id,
        key: state.key,
        windowStartMs: windowStart(state),
        threshold,
        sentence: describeBudget(state, timeZone, this.#books.clock()),
      }
      this.#remember(event)
      for (const lower of warnAt) if (lower < threshold) this.#remember({ ...event, threshold: lower })
      this.#books.ledger.record(event)
    }
  }

  #remember({
    rule,
    key,
    windowStartMs,
    threshold,
  }: {
    rule: string
    key: string | null
    windowStartMs: number
    threshold: number
  }): void {
    if (this.#said.size >= MAX_REMEMBERED) for (const oldest of this.#said) if (this.#said.delete(oldest)) break
    this.#said.add(keyOf(rule, key, windowStartMs, threshold))
  }
}

/** A rolling window starts again with every look; it is warned of once in each stretch of its own length. */
function windowStart({ window }: BudgetState): number {
  if (!window.rolling) return window.startMs
  const lengthMs = (window.endMs - window.startMs) / 2
  return Math.floor((window.startMs + lengthMs) / lengthMs) * lengthMs
}

function keyOf(rule: string, key: string | null, windowStartMs: number, threshold: number): string {
  return `${rule}\n${key ?? ''}\n${windowStartMs}\n${threshold}`
}
