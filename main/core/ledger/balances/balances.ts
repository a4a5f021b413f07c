import { MAX_NANOS, type UsdNanos } from '../../../../shared/values/money.ts'
import { type TimeWindow, windowAt } from '../../../../shared/values/time-window.ts'
import type { BudgetState, SharedPart } from '../../policy/decision/facts.ts'
import type { Dimensions } from '../../policy/document/scope.ts'
import {
  type BudgetDefinition,
  counts,
  grainOf,
  insertInOrder,
  isRolling,
  isShared,
  keyOf,
  sumKey,
  type Weight,
} from './budget-sums.ts'

/**
 * Spend of the past, as the ledger gives it back at start or when the policy changes. `quarter-hour` sums serve the
 * calendar windows of an hour and more (every zone's offset is a multiple of 15 minutes), `call` serves the others.
 */
export interface PastSpend {
  grain: 'quarter-hour' | 'call'
  dimensions: Dimensions
  atMs: number
  weight: Weight
}

/** What other machines have of a shared budget; null where it is counted here alone. */
export interface Sharing {
  of(budget: Pick<BudgetState, 'rule' | 'key' | 'window'>): SharedPart | null
}

interface Raise {
  rule: string
  amount: number
  untilMs: number
}

interface Held {
  dimensions: Dimensions
  atMs: number
  nanos: UsdNanos
  tokens: number
  /** The budgets that count it, with its key in each. */
  keys: ReadonlyMap<BudgetDefinition, string | null>
}

/** One sum: a rule, a key, a window. Rolling sums keep their parts, because these fall out one by one. */
interface Sum {
  window: TimeWindow
  spent: number
  parts: { atMs: number; amount: number }[] | null
}

/**
 * The balances of all budgets: a projection of the ledger, kept in memory and rebuilt from it. A balance is the sum of
 * closed calls and of open holds; nothing is ever counted down. A call belongs to the window in which it was admitted,
 * however long it runs. No clock in here: the caller says what time it is.
 */
export class Balances {
  readonly #definitions: readonly BudgetDefinition[]
  readonly #timeZone: string
  readonly #sharing: Sharing | null
  readonly #sums = new Map<string, Sum>()
  readonly #holds = new Map<string, Held>()
  readonly #raises: Raise[] = []
  /** The calendar window that each budget was last asked for: time zones are slow, and midnight comes once a day. */
  readonly #windows = new Map<BudgetDefinition, TimeWindow>()

  constructor(definitions: readonly BudgetDefinition[], timeZone: string, sharing: Sharing | null = null) {
    this.#definitions = definitions
    this.#timeZone = timeZone
    this.#sharing = sharing
  }

  /** The earliest moment whose spend still matters at `nowMs`, per grain: from here the ledger has to give it back. */
  horizonMs(grain: PastSpend['grain'], nowMs: number): number {
    const periods = this.#definitions.filter(({ period }) => grainOf(period) === grain).map(({ period }) => period)
    return Math.min(nowMs, ...periods.map((period) => windowAt(period, this.#timeZone, nowMs).startMs))
  }

  /** The budgets that a call falls under, as they stand. */
  statesFor(dimensions: Dimensions, nowMs: number): BudgetState[] {
    return this.#definitions
      .filter((definition) => counts(definition, dimensions))
      .map((definition) => this.#state(definition, keyOf(definition, dimensions), nowMs))
  }

  /**
   * The budgets that a running call is held against: of calendar windows the one in which it was admitted, however far
   * that lies back; of rolling windows what they show now. Throws when the call holds nothing.
   */
  statesOfHold(callId: string, nowMs: number): BudgetState[] {
    const { keys, atMs } = this.#held(callId)
    return [...keys].map(([definition, key]) =>
      this.#state(definition, key, isRolling(definition.period) ? nowMs : atMs),
    )
  }

  /** Every budget that has a sum or needs none, for status views. Keyed budgets appear once per key in use; calls without a value have the key ''. */
  allStates(nowMs: number): BudgetState[] {
    return this.#statesOf(this.#definitions, nowMs)
  }

  /** Those of `allStates` that are counted over several machines. */
  sharedStates(nowMs: number): BudgetState[] {
    return this.#statesOf(this.#definitions.filter(isShared), nowMs)
  }

  #statesOf(definitions: readonly BudgetDefinition[], nowMs: number): BudgetState[] {
    const states: BudgetState[] = []
    for (const definition of definitions) {
      const keys = definition.demand.each === null ? [null] : this.#keysInUse(definition, nowMs)
      for (const key of keys) states.push(this.#state(definition, key, nowMs))
    }
    return states
  }

  openHold(callId: string, dimensions: Dimensions, atMs: number, nanos: UsdNanos, tokens: number): void {
    if (this.#holds.has(callId)) throw new Error(`call ${callId} holds already`)
    this.#holds.set(callId, { dimensions, atMs, nanos, tokens, keys: this.#keysOf(dimensions) })
    this.#add(this.#definitions, dimensions, atMs, { nanos: 0, tokens: 0, calls: 1 })
  }

  /** The hold's new totals, never less than before. */
  growHold(callId: string, nanos: UsdNanos, tokens: number): void {
    const held = this.#held(callId)
    if (nanos < held.nanos || tokens < held.tokens) throw new Error(`the hold of call ${callId} shrank`)
    held.nanos = nanos
    held.tokens = tokens
  }

  /** The one closing of a hold: what the call cost in truth, zero when it was released. */
  close(callId: string, nanos: UsdNanos, tokens: number): void {
    const held = this.#held(callId)
    this.#holds.delete(callId)
    this.#add(this.#definitions, held.dimensions, held.atMs, { nanos, tokens, calls: 0 })
  }

  /** A hold that was never written down: the call was not made. */
  dropHold(callId: string): void {
    const held = this.#held(callId)
    this.#holds.delete(callId)
    this.#add(this.#definitions, held.dimensions, held.atMs, { nanos: 0, tokens: 0, calls: -1 })
  }

  /** A closed call turned out to cost something else: the difference counts in the window in which it was admitted. */
  correct(dimensions: Dimensions, atMs: number, nanos: UsdNanos, tokens: number): void {
    this.#add(this.#definitions, dimensions, atMs, { nanos, tokens, calls: 0 })
  }

  hasHold(callId: string): boolean {
    return this.#holds.has(callId)
  }

  get openHolds(): number {
    return this.#holds.size
  }

  /** Money held by all calls that run, whether a budget counts them or not. */
  get heldNanos(): UsdNanos {
    let total = 0
    for (const held of this.#holds.values()) total += held.nanos
    return Math.min(MAX_NANOS, total)
  }

  /** Spend of the past, read back from the ledger; open calls come back through `adoptHolds`. */
  restore(past: PastSpend): void {
    const definitions = this.#definitions.filter(({ period }) => grainOf(period) === past.grain)
    this.#add(definitions, past.dimensions, past.atMs, past.weight)
  }

  raise(rule: string, amount: number, untilMs: number): void {
    this.#raises.push({ rule, amount, untilMs })
  }

  /** The holds of another set of balances (a policy change keeps every running call). Raises come back from the ledger. */
  adoptHolds(from: Balances): void {
    for (const [callId, held] of from.#holds) {
      this.#holds.set(callId, { ...held, keys: this.#keysOf(held.dimensions) })
      this.#add(this.#definitions, held.dimensions, held.atMs, { nanos: 0, tokens: 0, calls: 1 })
    }
  }

  #state(definition: BudgetDefinition, key: string | null, nowMs: number): BudgetState {
    const { rule, demand } = definition
    const window = this.#windowAt(definition, nowMs)
    const ownSpent = this.#spent(definition, key, window)
    const shared = isShared(definition) ? (this.#sharing?.of({ rule, key, window }) ?? null) : null
    const raised = this.#raises.reduce(
      (sum, raise) => (raise.rule === rule.id && raise.untilMs > nowMs ? sum + raise.amount : sum),
      0,
    )
    return {
      rule,
      unit: demand.unit,
      key,
      window,
      limit: demand.limit,
      raised: raised + (shared?.raisedElsewhere ?? 0),
      spent: ownSpent + (shared?.spentElsewhere ?? 0),
      held: demand.unit === 'calls' ? 0 : this.#heldIn(definition, key, window),
      ...(window.rolling ? { freesAtMs: this.#freesAt(definition, key, window) } : {}),
      ...(shared ? { shared: { ...shared, ownSpent } } : {}),
    }
  }

  /** When the oldest part of a rolling sum falls out. The sum was looked at just before, so what is old is gone. */
  #freesAt(definition: BudgetDefinition, key: string | null, window: TimeWindow): number | null {
    const oldest = this.#sums.get(sumKey(definition, key, window))?.parts?.[0]
    return oldest ? oldest.atMs + (window.endMs - window.startMs) / 2 : null
  }

  #windowAt(definition: BudgetDefinition, atMs: number): TimeWindow {
    const known = this.#windows.get(definition)
    if (known && !known.rolling && atMs >= known.startMs && atMs < known.endMs) return known
    const window = windowAt(definition.period, this.#timeZone, atMs)
    this.#windows.set(definition, window)
    return window
  }

  #spent(definition: BudgetDefinition, key: string | null, window: TimeWindow): number {
    const sum = this.#sums.get(sumKey(definition, key, window))
    if (!sum) return 0
    if (!sum.parts) return sum.spent
    while (sum.parts.length > 0 && sum.parts[0]!.atMs <= window.startMs) sum.spent -= sum.parts.shift()!.amount
    return sum.spent
  }

  #heldIn(definition: BudgetDefinition, key: string | null, window: TimeWindow): number {
    let total = 0
    for (const held of this.#holds.values()) {
      // A budget that does not count it has no key in there.
      if (held.keys.get(definition) !== key || held.atMs < window.startMs || held.atMs >= window.endMs) continue
      total += definition.demand.unit === 'usd' ? held.nanos : held.tokens
    }
    return Math.min(MAX_NANOS, total)
  }

  #add(definitions: readonly BudgetDefinition[], dimensions: Dimensions, atMs: number, weight: Weight): void {
    for (const definition of definitions) {
      if (!counts(definition, dimensions)) continue
      const amount = { usd: weight.nanos, tokens: weight.tokens, calls: weight.calls }[definition.demand.unit]
      if (amount === 0) continue
      const window = this.#windowAt(definition, atMs)
      const name = sumKey(definition, keyOf(definition, dimensions), window)
      let sum = this.#sums.get(name)
      if (!sum) {
        this.#forget(atMs)
        sum = { window, spent: 0, parts: window.rolling ? [] : null }
        this.#sums.set(name, sum)
      }
      sum.spent += amount
      if (sum.parts) insertInOrder(sum.parts, { atMs, amount })
    }
  }

  /** Looked up once for each hold: every growth of one hold sums all of them. */
  #keysOf(dimensions: Dimensions): Held['keys'] {
    const counting = this.#definitions.filter((one) => counts(one, dimensions))
    return new Map(counting.map((one) => [one, keyOf(one, dimensions)]))
  }

  #held(callId: string): Held {
    const held = this.#holds.get(callId)
    if (!held) throw new Error(`call ${callId} holds nothing`)
    return held
  }

  #keysInUse(definition: BudgetDefinition, nowMs: number): (string | null)[] {
    const window = windowAt(definition.period, this.#timeZone, nowMs)
    const prefix = `${definition.rule.id}\n${window.rolling ? 'rolling' : window.startMs}\n`
    const keys = new Set<string | null>()
    for (const name of this.#sums.keys()) if (name.startsWith(prefix)) keys.add(name.slice(prefix.length))
    for (const held of this.#holds.values()) if (held.keys.has(definition)) keys.add(held.keys.get(definition) ?? null)
    return [...keys]
  }

  /** Sums of windows that are long over; bounded by what one day of keyed minute windows can make. */
  #forget(nowMs: number): void {
    if (this.#sums.size < MAX_SUMS) return
    const keepMs = 2 * 86_400_000
    for (const [name, sum] of this.#sums)
      if (!sum.window.rolling && sum.window.endMs < nowMs - keepMs) this.#sums.delete(name)
  }
}

/** From here on old windows are looked for and forgotten. */
const MAX_SUMS = 5_000
