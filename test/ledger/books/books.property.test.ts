import fc from 'fast-check'
import { expect, test } from 'vitest'
import { NO_ATTRIBUTION } from '../../../shared/calls/attribution.ts'
import type { CallFacts } from '../../../shared/calls/events.ts'
import { NO_USAGE } from '../../../shared/calls/usage.ts'
import { createRecentCalls } from '../../../main/core/ledger/calls/recent-calls.ts'
import type { Quote } from '../../../main/core/metering/quote/quote.ts'
import { boundingBudgets } from '../../../main/core/policy/decision/decide.ts'
import { parseRules } from '../../../main/core/policy/document/parse-policy.ts'
import { NO_RULES } from '../../../main/core/policy/document/rules-in-force.ts'
import { dimensionsOf } from '../../../main/core/policy/document/scope.ts'
import { leftOf, type Hold } from '../../../main/core/policy/decision/size-hold.ts'
import { admit, topUp } from '../../../main/ledger/books/admit.ts'
import { Books } from '../../../main/ledger/books/books.ts'
import { recover } from '../../../main/ledger/upkeep/recover.ts'
import { Ledger } from '../../../main/ledger/store/ledger.ts'
import { SqliteStore } from '../../../main/ledger/store/sqlite-store.ts'
import { callFacts, closingOf, quoteOf } from '../../support/gateway/call-facts.ts'

const HOUR = 3_600_000
const START = Date.parse('2026-10-24T20:00:00Z') // the night in which Paris sets its clocks back follows

type Step =
  | { do: 'admit'; session: string; quote: Partial<Quote>; impatient: boolean }
  | { do: 'top-up'; pick: number; tokens: number }
  | { do: 'settle'; pick: number; share: number }
  | { do: 'release'; pick: number }
  | { do: 'reprice'; pick: number; nanos: number; tokens: number }
  | { do: 'rules'; limitUsd: string; perSession: string; perHour: number }
  | { do: 'raise'; amountNanos: number; forMs: number }
  | { do: 'time'; ms: number }
  | { do: 'crash' }

const quotes: fc.Arbitrary<Partial<Quote>> = fc.record({
  output: fc.constantFrom('visible' as const, 'hidden' as const, 'none' as const),
  inputTokens: fc.integer({ min: 0, max: 20_000 }),
  expectedInputNanos: fc.integer({ min: 0, max: 5_000_000 }),
  worstInputNanos: fc.integer({ min: 5_000_000, max: 20_000_000 }),
  worstOutputTokens: fc.integer({ min: 300, max: 16_000 }),
  expectedOutputTokens: fc.integer({ min: 1, max: 300 }),
  typical: fc.boolean(),
  hasOwnMaximum: fc.boolean(),
  sealed: fc.boolean(),
  choices: fc.integer({ min: 1, max: 3 }),
  minOutputTokens: fc.integer({ min: 1, max: 256 }),
})
const steps: fc.Arbitrary<Step[]> = fc.array(
  fc.oneof(
    {
      weight: 6,
      arbitrary: fc.record({
        do: fc.constant('admit' as const),
        session: fc.constantFrom('a', 'b', 'c'),
        quote: quotes,
        impatient: fc.boolean(),
      }),
    },
    {
      weight: 4,
      arbitrary: fc.record({
        do: fc.constant('top-up' as const),
        pick: fc.nat(),
        tokens: fc.integer({ min: 1, max: 4_000 }),
      }),
    },
    {
      weight: 4,
      arbitrary: fc.record({
        do: fc.constant('settle' as const),
        pick: fc.nat(),
        share: fc.double({ min: 0, max: 1, noNaN: true }),
      }),
    },
    { weight: 1, arbitrary: fc.record({ do: fc.constant('release' as const), pick: fc.nat() }) },
    {
      weight: 1,
      arbitrary: fc.record({
        do: fc.constant('reprice' as const),
        pick: fc.nat(),
        nanos: fc.integer({ min: 0, max: 50_000_000 }),
        tokens: fc.integer({ min: 0, max: 5_000 }),
      }),
    },
    {
      weight: 1,
      arbitrary: fc.record({
        do: fc.constant('rules' as const),
        limitUsd: fc.constantFrom('0.05', '0.20', '1.00'),
        perSession: fc.constantFrom('0.03', '0.10'),
        perHour: fc.constantFrom(5_000, 50_000),
      }),
    },
    {
      weight: 1,
      arbitrary: fc.record({
        do: fc.constant('raise' as const),
        amountNanos: fc.integer({ min: 1, max: 50_000_000 }),
        forMs: fc.integer({ min: 1, max: 5 * HOUR }),
      }),
    },
    {
      weight: 2,
      arbitrary: fc.record({ do: fc.constant('time' as const), ms: fc.integer({ min: 0, max: 3 * HOUR }) }),
    },
    { weight: 1, arbitrary: fc.constant({ do: 'crash' as const }) },
  ),
  { maxLength: 60 },
)

function inForce(limitUsd: string, perSession: string, perHour: number) {
  const { rules, errors } = parseRules([
    { id: 'daily', guard: 'spend-cap', limitUsd, per: 'day' },
    { id: 'session', guard: 'spend-cap', limitUsd: perSession, per: 'day', each: 'session' },
    { id: 'rolling', guard: 'spend-cap', limitUsd, per: '90 minutes' },
    { id: 'tokens', guard: 'token-cap', limitTokens: perHour, per: 'hour' },
  ])
  if (errors.length > 0) throw new Error(JSON.stringify(errors))
  return { ...NO_RULES, version: 1, timeZone: 'Europe/Paris', rules }
}

/** The books with the calls that run in them, driven step by step. */
class World {
  nowMs = START
  readonly ledger = new Ledger(new SqliteStore(':memory:'), () => this.nowMs)
  books = this.open()
  readonly closed: string[] = []
  readonly running: { call: CallFacts; quote: Quote; hold: Hold }[] = []
  rules = inForce('0.20', '0.10', 50_000)
  calls = 0

  constructor() {
    this.books.setRules(this.rules)
  }

  open(): Books {
    return new Books(this.ledger, createRecentCalls(), () => this.nowMs)
  }

  take(step: Step): void {
    const { books, running } = this
    const index = 'pick' in step && running.length > 0 ? step.pick % running.length : -1
    const picked = running[index]
    switch (step.do) {
      case 'admit':
        return this.admit(step)
      case 'top-up': {
        if (!picked) return
        const needed = picked.hold.outputTokens + step.tokens
        const before = this.left(picked.call)
        const grown = topUp(books, picked.call, picked.quote, picked.hold, needed, needed + 500, 0)
        if (!grown) return
        expect(grown.outputTokens).toBeGreaterThanOrEqual(needed)
        for (const [name, left] of this.left(picked.call))
          if (before.get(name)! >= 0) expect(left, `${name} after a top-up`).toBeGreaterThanOrEqual(0)
        picked.hold = grown
        return
      }
      case 'settle':
        if (!picked) return
        running.splice(index, 1)
        this.closed.push(picked.call.callId)
        // Within what it held: then no cap is ever passed.
        return settle(
          books,
          picked.call,
          Math.floor(picked.hold.nanos * step.share),
          Math.floor(picked.hold.tokens * step.share),
        )
      case 'release':
        if (!picked) return
        running.splice(index, 1)
        return books.release(picked.call.callId, 'test', null, 'upstream-broke')
      case 'reprice': {
        const callId = this.closed[step.pick % Math.max(1, this.closed.length)]
        if (callId === undefined) return
        const usage = { ...NO_USAGE, uncachedInput: step.tokens, source: 'reported' as const }
        return books.reprice(callId, 'price-corrected', closingOf(step.nanos, { usage }))
      }
      case 'rules':
        this.rules = inForce(step.limitUsd, step.perSession, step.perHour)
        return books.setRules(this.rules)
      case 'raise':
        this.ledger.append({
          type: 'budget.raised',
          rule: 'daily',
          amountNanos: step.amountNanos,
          reason: 'test',
          untilMs: this.nowMs + step.forMs,
        })
        return books.balances.raise('daily', step.amountNanos, this.nowMs + step.forMs)
      case 'time':
        this.nowMs += step.ms
        return
      case 'crash':
        // What ran is closed on the evidence of the ledger, once; nothing else is lost.
        expect(recover(this.ledger)).toBe(running.length)
        this.closed.push(...running.splice(0).map(({ call }) => call.callId))
        this.books = this.open()
        this.books.setRules(this.rules)
    }
  }

  admit({ session, quote: changes, impatient }: Extract<Step, { do: 'admit' }>): void {
    const quote = quoteOf({
      ...changes,
      ...(changes.output === 'none' ? { worstOutputTokens: 0, expectedOutputTokens: 0 } : {}),
    })
    const call = callFacts(`call-${(this.calls += 1)}`, this.nowMs, { attribution: { ...NO_ATTRIBUTION, session } })
    const admission = admit(this.books, { call, quote, settledRules: new Set(), inLine: true, isImpatient: impatient })
    // Who waits waits for somebody: a line of nobody would never move.
    if (admission.kind === 'wait') expect(admission.blockedBy.size).toBeGreaterThan(0)
    if (admission.kind !== 'admitted') return
    for (const [name, left] of this.left(call)) expect(left, `${name} after an admission`).toBeGreaterThanOrEqual(0)
    const { hold, clampTo } = admission
    expect(hold.nanos).toBeGreaterThanOrEqual(0)
    // What nobody can watch, or was limited, never makes more than it holds.
    const most = clampTo === null ? quote.worstOutputTokens : clampTo * quote.choices
    if (quote.output !== 'visible' || clampTo !== null) expect(hold.outputTokens).toBeGreaterThanOrEqual(most)
    if (quote.sealed) expect(clampTo).toBeNull()
    this.running.push({ call, quote, hold })
  }

  left(call: CallFacts): Map<string, number> {
    const { balances } = this.books
    const states = balances.hasHold(call.callId)
      ? balances.statesOfHold(call.callId, this.nowMs)
      : balances.statesFor(dimensionsOf(call), this.nowMs)
    return new Map(boundingBudgets(states).map((state) => [state.rule.id, leftOf(state)]))
  }
}

function settle(books: Books, call: CallFacts, nanos: number, tokens: number): void {
  books.settle(
    call.callId,
    closingOf(nanos, { usage: { ...NO_USAGE, uncachedInput: tokens, source: 'reported' } }),
    tokens,
  )
}

/** What a balance says but for the holds, which a restart closes. */
function sums(books: Books, nowMs: number) {
  return ['a', 'b', 'c'].flatMap((session) =>
    books.balances
      .statesFor(dimensionsOf(callFacts('x', nowMs, { attribution: { ...NO_ATTRIBUTION, session } })), nowMs)
      .map(({ rule, key, spent, raised }) => ({ rule: rule.id, key, spent, raised })),
  )
}

test('no order of events lets a call pass a cap, loses a hold, or makes the books differ from what is read back', () => {
  fc.assert(
    fc.property(steps, (history) => {
      const world = new World()
      for (const step of history) {
        world.take(step)
        const { balances } = world.books
        expect(balances.openHolds).toBe(world.running.length)
        for (const state of balances.allStates(world.nowMs)) expect(state.held).toBeGreaterThanOrEqual(0)
        expect(balances.heldNanos).toBe(world.running.reduce((sum, { hold }) => sum + hold.nanos, 0))
      }
      for (const { call } of world.running) settle(world.books, call, 1_234, 56)
      const again = world.open()
      again.setRules(world.rules)
      expect(sums(again, world.nowMs)).toEqual(sums(world.books, world.nowMs))
      world.ledger.close()
    }),
    { seed: Number(process.env.PROPERTY_SEED ?? 20_261_123), numRuns: Number(process.env.PROPERTY_RUNS ?? 200) },
  )
}, 60_000)
