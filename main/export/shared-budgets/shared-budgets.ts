import { createHash } from 'node:crypto'
import { messageOf } from '../../../shared/contract/errors.ts'
import type { FailureMode } from '../../../shared/rules/policy.ts'
import {
  type Lease,
  type LeaseRequest,
  markAsked,
  newLease,
  observeUse,
  type OwnUse,
  planRequest,
  sharedPart,
  takeAnswer,
} from '../../core/ledger/leases/lease.ts'
import type { BudgetState, SharedPart } from '../../core/policy/decision/facts.ts'
import type { Books, SharedBudgets } from '../../ledger/books/books.ts'
import type { Logger } from '../../platform/system/logger.ts'
import { requestLease } from './request-lease.ts'
import type { ScriptServer } from './redis-door.ts'

export interface SharedBudgetsOptions {
  books: Books
  /** Opens the server; `onReady` has to be called whenever a connection stands. */
  connect(onReady: () => void): ScriptServer
  /** Under which this machine has its row; the same after a restart. */
  gatewayId: string
  developer: string
  prefix: string
  /** What holds once the server has not answered for a while. */
  mode: FailureMode
  logger: Logger
  /** A clock that is never set, in milliseconds. */
  monotonic?: () => number
}

/** Looks at every shared budget this often, for heartbeats and for slices that lie idle. */
const TICK_MS = 200
/** A server that has not answered for so long is away; before that calls wait in line for it. */
const AWAY_MS = 6_000
/** Budgets with a key each can be many; windows pass. Beyond this the ones that were asked for longest ago are forgotten. */
const MAX_LEASES = 2_000

/**
 * Keeps leases of shared budgets: asks for the next slice before the last is used up, gives back what lies idle, and
 * tells the books what other machines have spent. One request a budget at a time, and every request is a total, so that
 * a lost answer costs nothing but time. What to ask for is decided in core/ledger/leases.
 */
export class LeaseKeeper implements SharedBudgets {
  readonly #options: SharedBudgetsOptions
  readonly #server: ScriptServer
  readonly #monotonic: () => number
  readonly #leases = new Map<string, Lease>()
  readonly #running = new Set<string>()
  /** Budgets of a key that nothing was spent on yet: no list has them, and a call waits. */
  readonly #awaited = new Map<string, BudgetState>()
  readonly #timer: NodeJS.Timeout
  #answeredAtMs: number
  #trouble: string | null = null
  #isAway = false
  #looking: NodeJS.Immediate | null = null
  #isClosed = false

  constructor(options: SharedBudgetsOptions) {
    this.#options = options
    this.#monotonic = options.monotonic ?? (() => performance.now())
    this.#answeredAtMs = this.#monotonic()
    this.#server = options.connect(() => this.#reportAll())
    this.#timer = setInterval(() => this.#look(), TICK_MS)
    this.#timer.unref()
  }

  of(budget: Pick<BudgetState, 'rule' | 'key' | 'window'>): SharedPart {
    const lease = this.#leases.get(this.#nameOf(budget)) ?? null
    return sharedPart(
      lease,
      this.#monotonic(),
      this.#isAway ? this.#options.mode : null,
      this.#isAway ? `its server does not answer (${this.#trouble})` : null,
    )
  }

  need(budget: BudgetState, amount: number): void {
    const name = this.#nameOf(budget)
    const lease = this.#leaseOf(name)
    this.#awaited.set(name, budget)
    // With less left in all, a call takes that: more would never come.
    const most = budget.limit + budget.raised - budget.spent - budget.held
    this.#leases.set(name, { ...lease, need: Math.max(lease.need, Math.min(amount, most)) })
    this.moved()
  }

  /** Many things move in one turn of the event loop: they are looked at once. */
  moved(): void {
    if (this.#isClosed) return
    this.#looking ??= setImmediate(() => {
      this.#looking = null
      this.#look()
    })
  }

  /** Gives back what is not used, as far as the server can be told within the time that its answers may take. */
  async close(): Promise<void> {
    if (this.#isClosed) return
    this.#isClosed = true
    clearInterval(this.#timer)
    if (this.#looking) clearImmediate(this.#looking)
    await Promise.all(
      this.#states().map(async (state) => {
        const name = this.#nameOf(state)
        const lease = this.#leases.get(name)
        if (!lease || lease.upTo === 0) return
        const own = ownUse(state)
        const keep = own.spent + own.held
        await this.#send(name, state, { ...own, acked: 0, keep, need: 0, want: 0 }).catch(() => {})
      }),
    )
    this.#server.close()
  }

  #states(): BudgetState[] {
    const { books } = this.#options
    return books.balances.sharedStates(books.clock())
  }

  #look(): void {
    if (this.#isClosed) return
    const nowMs = this.#monotonic()
    const states = new Map([...this.#awaited, ...this.#states().map((state) => [this.#nameOf(state), state] as const)])
    for (const [name, state] of states) {
      const own = ownUse(state)
      const lease = observeUse(this.#leaseOf(name), own, nowMs)
      this.#leases.set(name, lease)
      if (this.#running.has(name)) continue
      const request = planRequest(lease, own, nowMs)
      if (request) void this.#ask(name, state, request)
    }
    this.#watchAway(nowMs)
  }

  async #ask(name: string, state: BudgetState, request: Omit<LeaseRequest, 'seq'>): Promise<void> {
    this.#running.add(name)
    const before = this.#leaseOf(name).need
    try {
      await this.#send(name, state, request)
      // Those that wait say anew what they need; who left meanwhile needs nothing.
      const lease = this.#leaseOf(name)
      if (lease.need === before) {
        this.#leases.set(name, { ...lease, need: 0 })
        this.#awaited.delete(name)
      }
      if (this.#isAway) this.#options.logger.info('the server of shared budgets answers again')
      this.#isAway = false
      this.#trouble = null
      this.#answeredAtMs = this.#monotonic()
      this.#options.books.waiting.roomChanged()
    } catch (error) {
      this.#trouble = messageOf(error)
    } finally {
      this.#running.delete(name)
    }
  }

  async #send(name: string, state: BudgetState, planned: Omit<LeaseRequest, 'seq'>): Promise<void> {
    // Later than whatever an earlier run of this gateway has sent.
    const lease = this.#leaseOf(name)
    const request = { ...planned, seq: Math.max(lease.seq + 1, Date.now()) }
    const askedAtMs = this.#monotonic()
    this.#leases.set(name, markAsked(lease, request, askedAtMs))
    const { prefix, gatewayId } = this.#options
    const answer = await requestLease(this.#server, { prefix, name, gatewayId, window: state.window }, request)
    // What was asked for meanwhile stands.
    this.#leases.set(name, takeAnswer(this.#leaseOf(name), request, answer, askedAtMs))
  }

  /** A connection stands anew: the server may have lost everything, and waits only so long for reports. */
  #reportAll(): void {
    for (const [name, lease] of this.#leases) this.#leases.set(name, { ...lease, askedAtMs: Number.NEGATIVE_INFINITY })
    this.moved()
  }

  #watchAway(nowMs: number): void {
    if (this.#trouble === null || this.#isAway || nowMs - this.#answeredAtMs < AWAY_MS) return
    this.#isAway = true
    this.#options.logger.warn('the server of shared budgets does not answer', { error: this.#trouble })
    this.#options.books.waiting.roomChanged()
  }

  #leaseOf(name: string): Lease {
    let lease = this.#leases.get(name)
    if (!lease) {
      if (this.#leases.size >= MAX_LEASES) for (const oldest of this.#leases.keys()) if (this.#forget(oldest)) break
      lease = newLease(this.#monotonic())
      this.#leases.set(name, lease)
    }
    return lease
  }

  #forget(name: string): boolean {
    return !this.#running.has(name) && this.#leases.delete(name)
  }

  /** One name over all machines, from which nobody reads who the developer is. */
  #nameOf({ rule, key, window }: Pick<BudgetState, 'rule' | 'key' | 'window'>): string {
    const { shared } = rule as { shared?: boolean | 'everyone' }
    const whose = shared === 'everyone' ? null : this.#options.developer
    const start = window.rolling ? window.endMs - window.startMs : window.startMs
    const parts = JSON.stringify([rule.id, rule.guard, whose, key, window.rolling, start])
    return createHash('sha256').update(parts).digest('base64url').slice(0, 22)
  }
}

function ownUse(state: BudgetState): OwnUse {
  return {
    spent: state.shared?.ownSpent ?? state.spent,
    held: state.held,
    limit: state.limit,
    raised: state.raised - (state.shared?.raisedElsewhere ?? 0),
  }
}
