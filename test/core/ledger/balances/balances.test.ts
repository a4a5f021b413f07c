import { describe, expect, test } from 'vitest'
import type { RuleBase } from '../../../../shared/rules/policy.ts'
import { parsePeriod } from '../../../../shared/values/time-window.ts'
import { Balances, type PastSpend } from '../../../../main/core/ledger/balances/balances.ts'
import type { BudgetDefinition } from '../../../../main/core/ledger/balances/budget-sums.ts'
import { parseRules } from '../../../../main/core/policy/document/parse-policy.ts'
import { guardNamed } from '../../../../main/core/policy/guards/registry.ts'
import type { Dimensions } from '../../../../main/core/policy/document/scope.ts'

const at = (iso: string) => Date.parse(iso)
const MINUTE = 60_000

function definitions(...rules: Record<string, unknown>[]): BudgetDefinition[] {
  const parsed = parseRules(
    rules.map((rule, index) => ({ id: `r${index}`, guard: 'spend-cap', limitUsd: '10.00', per: 'day', ...rule })),
  )
  if (parsed.errors.length > 0) throw new Error(JSON.stringify(parsed.errors))
  return parsed.rules.map((rule: RuleBase) => {
    const demand = guardNamed(rule.guard)!.budget!(rule)
    return { rule, demand, period: parsePeriod(demand.per)! }
  })
}

function who(values: Record<string, string> = {}, billing: Dimensions['billing'] = 'metered'): Dimensions {
  return { billing, values }
}

/** A call that was admitted, and closed at its cost. */
function spend(balances: Balances, atMs: number, nanos: number, dimensions = who(), tokens = 0): void {
  const callId = `${atMs} ${Math.random()}`
  balances.openHold(callId, dimensions, atMs, nanos, tokens)
  balances.close(callId, nanos, tokens)
}

const spent = (balances: Balances, nowMs: number, dimensions = who()) =>
  balances.statesFor(dimensions, nowMs).map((state) => state.spent)

describe('windows', () => {
  test.each([
    ['a day in Paris ends at its midnight', 'day', '2026-11-23T22:59:59.999Z', '2026-11-23T23:00:00Z'],
    ['a day of 23 hours', 'day', '2026-03-29T21:59:59.999Z', '2026-03-29T22:00:00Z'],
    ['a day of 25 hours', 'day', '2026-10-25T22:59:59.999Z', '2026-10-25T23:00:00Z'],
    ['an hour', 'hour', '2026-11-23T12:59:59.999Z', '2026-11-23T13:00:00Z'],
    ['a minute', 'minute', '2026-11-23T12:34:59.999Z', '2026-11-23T12:35:00Z'],
    ['a week ends on Sunday', 'week', '2026-11-29T22:59:59.999Z', '2026-11-29T23:00:00Z'],
    ['a month', 'month', '2026-11-30T22:59:59.999Z', '2026-11-30T23:00:00Z'],
  ])('%s', (_name, per, last, next) => {
    const balances = new Balances(definitions({ per }), 'Europe/Paris')
    spend(balances, at(last), 7)
    expect(spent(balances, at(last))).toEqual([7])
    expect(spent(balances, at(next))).toEqual([0])
  })

  test('the hour that Paris shows twice is two hours, and one day', () => {
    const balances = new Balances(definitions({ per: 'hour' }, { per: 'day' }), 'Europe/Paris')
    spend(balances, at('2026-10-25T00:30:00Z'), 1) // 02:30 summer time
    spend(balances, at('2026-10-25T01:30:00Z'), 2) // 02:30 winter time
    expect(spent(balances, at('2026-10-25T00:59:00Z'))).toEqual([1, 3])
    expect(spent(balances, at('2026-10-25T01:59:00Z'))).toEqual([2, 3])
  })

  test('a rolling window lets go bit by bit', () => {
    const balances = new Balances(definitions({ per: '10 minutes' }), 'UTC')
    const start = at('2026-11-23T12:00:00Z')
    spend(balances, start, 1)
    spend(balances, start + 4 * MINUTE, 2)
    expect(spent(balances, start + 9 * MINUTE)).toEqual([3])
    expect(spent(balances, start + 10 * MINUTE)).toEqual([2])
    expect(spent(balances, start + 14 * MINUTE)).toEqual([0])
  })
})

describe('a call that runs over midnight', () => {
  const eve = at('2026-11-23T23:59:00Z')
  const morning = at('2026-11-24T00:01:00Z')

  test('belongs to the day in which it was admitted: its hold, its growth and its cost', () => {
    const balances = new Balances(definitions({}), 'UTC')
    balances.openHold('c', who(), eve, 5, 0)
    expect(balances.statesFor(who(), morning)[0]?.held).toBe(0)
    balances.growHold('c', 9, 0)
    expect(balances.statesFor(who(), eve)[0]?.held).toBe(9)
    expect(balances.statesOfHold('c', morning)[0]).toMatchObject({
      held: 9,
      window: { endMs: at('2026-11-24T00:00:00Z') },
    })
    balances.close('c', 8, 0)
    expect(spent(balances, morning)).toEqual([0])
    expect(spent(balances, eve)).toEqual([8])
  })

  test('is not bound by what the new day holds', () => {
    const balances = new Balances(definitions({}), 'UTC')
    balances.openHold('old', who(), eve, 5, 0)
    balances.openHold('new', who(), morning, 100, 0)
    expect(balances.statesOfHold('old', morning)[0]?.held).toBe(5)
    expect(balances.statesOfHold('new', morning)[0]?.held).toBe(100)
  })

  test('keeps the raise of its day', () => {
    const balances = new Balances(definitions({}), 'UTC')
    balances.raise('r0', 50, at('2026-11-24T00:00:00Z'))
    balances.openHold('c', who(), eve, 5, 0)
    expect(balances.statesFor(who(), morning)[0]?.raised).toBe(0)
    expect(balances.statesOfHold('c', morning)[0]?.raised).toBe(50)
  })
})

describe('who is counted', () => {
  const noon = at('2026-11-23T12:00:00Z')

  test('scopes, patterns and several budgets at once', () => {
    const balances = new Balances(
      definitions({}, { scope: { environment: ['test', 'ci'] } }, { scope: { model: 'gpt-*', 'tag:team': 'growth' } }),
      'UTC',
    )
    spend(balances, noon, 1, who({ environment: 'dev' }))
    spend(balances, noon, 2, who({ environment: 'ci', model: 'gpt-5' }))
    spend(balances, noon, 4, who({ environment: 'test', model: 'GPT-5-mini', 'tag:team': 'growth' }))
    expect(balances.allStates(noon).map((state) => state.spent)).toEqual([7, 6, 4])
    expect(balances.statesFor(who({ environment: 'dev' }), noon).map((state) => state.rule.id)).toEqual(['r0'])
  })

  test('one sum for each value; a call that names none has a sum of its own', () => {
    const balances = new Balances(definitions({ each: 'session' }), 'UTC')
    spend(balances, noon, 1, who({ session: 'a' }))
    spend(balances, noon, 2, who({ session: 'b' }))
    spend(balances, noon, 4, who())
    spend(balances, noon, 8, who({ conversation: 'c_1' }))
    expect(balances.allStates(noon).map((state) => [state.key, state.spent])).toEqual([
      ['a', 1],
      ['b', 2],
      ['', 4],
      ['c_1', 8],
    ])
    expect(spent(balances, noon, who({ session: 'a' }))).toEqual([1])
  })

  test('signed-in plans and local models cost nothing, unless a rule counts all', () => {
    const balances = new Balances(definitions({}, { count: 'all' }), 'UTC')
    spend(balances, noon, 1, who({}, 'subscription'))
    spend(balances, noon, 2, who({}, 'local'))
    spend(balances, noon, 4)
    expect(balances.allStates(noon).map((state) => state.spent)).toEqual([4, 7])
  })

  test('tokens are counted in tokens', () => {
    const rule = { id: 'tokens', guard: 'token-cap' }
    const demand = { unit: 'tokens' as const, limit: 100, per: 'day', each: null, count: 'metered' as const }
    const balances = new Balances([{ rule, demand, period: { calendar: 'day' } }], 'UTC')
    spend(balances, noon, 1_000, who(), 30)
    balances.openHold('c', who(), noon, 1_000, 20)
    expect(balances.statesFor(who(), noon)[0]).toMatchObject({ unit: 'tokens', limit: 100, spent: 30, held: 20 })
  })
})

describe('laws', () => {
  const noon = at('2026-11-23T12:00:00Z')
  test.each<[string, (balances: Balances) => void]>([
    ['a second hold', (balances) => balances.openHold('c', who(), noon, 1, 1)],
    ['a hold that shrinks', (balances) => balances.growHold('c', 4, 5)],
    ['tokens that shrink', (balances) => balances.growHold('c', 5, 4)],
    ['a closing of what holds nothing', (balances) => balances.close('other', 1, 1)],
    ['a second closing', (balances) => [1, 2].forEach(() => balances.close('c', 1, 1))],
    ['growth of what holds nothing', (balances) => balances.growHold('other', 9, 9)],
  ])('%s is impossible', (_name, act) => {
    const balances = new Balances(definitions({}), 'UTC')
    balances.openHold('c', who(), noon, 5, 5)
    expect(() => act(balances)).toThrow()
  })
})

describe('read back from the ledger', () => {
  const noon = at('2026-11-23T12:07:00Z')
  const past = (grain: PastSpend['grain'], iso: string, nanos: number): PastSpend => ({
    grain,
    dimensions: who(),
    atMs: at(iso),
    weight: { nanos, tokens: 0, calls: 1 },
  })

  test('calendar windows take sums of quarter-hours, the others single calls', () => {
    const balances = new Balances(definitions({}, { per: 'minute' }, { per: '30 minutes' }), 'UTC')
    balances.restore(past('quarter-hour', '2026-11-23T11:45:00Z', 1))
    balances.restore(past('call', '2026-11-23T12:07:00Z', 2))
    expect(spent(balances, noon + 1_000)).toEqual([1, 2, 2])
  })

  test.each([
    ['day', 'quarter-hour', '2026-11-22T23:00:00Z'],
    ['month', 'quarter-hour', '2026-10-31T23:00:00Z'],
    ['minute', 'call', '2026-11-23T12:07:00Z'],
    ['2 hours', 'call', '2026-11-23T10:07:00Z'],
  ] as const)('a budget per %s asks for each %s since %s', (per, grain, since) => {
    const balances = new Balances(definitions({ per }), 'Europe/Paris')
    expect(balances.horizonMs(grain, noon)).toBe(at(since))
    expect(balances.horizonMs(grain === 'call' ? 'quarter-hour' : 'call', noon)).toBe(noon)
  })

  test('new rules adopt every running call', () => {
    const before = new Balances(definitions({}), 'UTC')
    before.openHold('c', who(), noon, 5, 0)
    const after = new Balances(definitions({ limitUsd: '1.00' }), 'UTC')
    after.adoptHolds(before)
    expect(after.statesFor(who(), noon)[0]).toMatchObject({ held: 5, limit: 1_000_000_000 })
    after.close('c', 4, 0)
    expect(after.openHolds).toBe(0)
  })
})
