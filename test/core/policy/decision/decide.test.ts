import { describe, expect, test } from 'vitest'
import type { RuleBase } from '../../../../shared/rules/policy.ts'
import { boundingBudgets, decide, refusedByBudget } from '../../../../main/core/policy/decision/decide.ts'
import type { BudgetState } from '../../../../main/core/policy/decision/facts.ts'
import { makeRefusal } from '../../../../main/core/policy/decision/make-refusal.ts'
import { parseRules } from '../../../../main/core/policy/document/parse-policy.ts'
import { callFacts, quoteOf } from '../../../support/gateway/call-facts.ts'

const NOW = Date.parse('2026-11-23T12:00:00Z')
const NO_CALLS = { since: () => [], inConversation: () => [] }

function rulesOf(...raw: Record<string, unknown>[]): RuleBase[] {
  const { rules, errors } = parseRules(raw)
  if (errors.length > 0) throw new Error(JSON.stringify(errors))
  return rules
}

const cap = (id: string, changes: Record<string, unknown> = {}) => ({
  id,
  guard: 'spend-cap',
  limitUsd: '1.00',
  per: 'day',
  ...changes,
})

function stateOf(rule: RuleBase, spent: number, held = 0, changes: Partial<BudgetState> = {}): BudgetState {
  const window = { startMs: NOW - 43_200_000, endMs: NOW + 43_200_000, rolling: false }
  return { rule, unit: 'usd', key: null, window, limit: 1_000_000_000, raised: 0, spent, held, ...changes }
}

function decision(rules: RuleBase[], budgets: BudgetState[], settled: string[] = []) {
  return decide({
    call: callFacts('c', NOW),
    quote: quoteOf({ worstOutputTokens: 1_000, hasOwnMaximum: true }),
    rules,
    budgets,
    nowMs: NOW,
    timeZone: 'Europe/Paris',
    recent: NO_CALLS as never,
    settledRules: new Set(settled),
  })
}

describe('verdicts folded into one decision', () => {
  test('no rule: admitted, and nothing is said', () =>
    expect(decision([], [])).toMatchObject({ kind: 'admit', verdicts: [] }))

  test.each([
    ['warn', 'admit'],
    ['ask', 'ask'],
    ['deny', 'refuse'],
  ])('a used-up cap whose action is %s: %s', (action, kind) => {
    const [rule] = rulesOf(cap('a', { action }))
    expect(decision([rule!], [stateOf(rule!, 1_000_000_000)])).toMatchObject({ kind })
  })

  test('the most severe wins, whatever the order, and every verdict is told', () => {
    const rules = rulesOf(
      cap('warns', { action: 'warn' }),
      cap('asks', { action: 'ask' }),
      cap('near', { warnAt: [0.5] }),
    )
    const budgets = [
      stateOf(rules[0]!, 1_000_000_000),
      stateOf(rules[1]!, 1_000_000_000),
      stateOf(rules[2]!, 600_000_000),
    ]
    for (const order of [rules, [...rules].reverse()]) {
      const result = decision(order, budgets)
      expect(result).toMatchObject({ kind: 'ask', finding: { rule: { id: 'asks' } } })
      expect(result.verdicts.map((verdict) => verdict.rule).sort()).toEqual(['asks', 'near', 'warns'])
    }
  })

  test('a question that was answered with yes is not put again, and no longer bounds', () => {
    const [rule] = rulesOf(cap('asks', { action: 'ask' }))
    expect(decision([rule!], [stateOf(rule!, 1_000_000_000)], ['asks'])).toMatchObject({ kind: 'admit' })
  })

  test('a rule of another scope says nothing', () => {
    const [rule] = rulesOf(cap('a', { scope: { environment: 'ci' } }))
    expect(decision([rule!], [])).toMatchObject({ kind: 'admit', verdicts: [] })
  })

  test("only other calls' holds stand in the way: wait, and say for whom", () => {
    const [rule] = rulesOf(cap('a'))
    expect(decision([rule!], [stateOf(rule!, 0, 1_000_000_000)])).toMatchObject({
      kind: 'wait',
      blockedBy: [{ rule: { id: 'a' } }],
    })
  })

  test('caps that deny bound what is held; those that warn or ask do not', () => {
    const rules = rulesOf(cap('denies'), cap('asks', { action: 'ask' }), {
      id: 'calls',
      guard: 'rate-limit',
      limitCalls: 5,
      per: 'minute',
    })
    const states = [stateOf(rules[0]!, 0), stateOf(rules[1]!, 0), stateOf(rules[2]!, 0, 0, { unit: 'calls' })]
    expect(boundingBudgets(states).map((state) => state.rule.id)).toEqual(['denies'])
  })
})

describe('a cap on each call', () => {
  const [oneCall, looser] = rulesOf(
    { id: 'one', guard: 'call-cap', limitUsd: '0.05' },
    { id: 'two', guard: 'call-cap', limitUsd: '0.10' },
  )
  const under = (quote: Parameters<typeof quoteOf>[0], changes: Partial<Parameters<typeof decide>[0]> = {}) =>
    decide({
      call: callFacts('c', NOW),
      quote: quoteOf(quote),
      rules: [looser!, oneCall!],
      budgets: [],
      nowMs: NOW,
      timeZone: 'UTC',
      recent: NO_CALLS as never,
      settledRules: new Set(),
      ...changes,
    })
  // $0.05 less $0.001 of input, at $10.00 per million.
  const MOST = 4_900

  test.each<[string, Parameters<typeof quoteOf>[0], number | null]>([
    ['what cannot be watched is clamped to what fits', {}, MOST],
    ['each of several choices to its part', { choices: 2, worstOutputTokens: 32_000 }, MOST / 2],
    ['and so is a stream', { output: 'visible' }, MOST],
    ['one that takes no limit is only watched', { output: 'visible', sealed: true }, null],
    ['a maximum of its own that fits stays', { hasOwnMaximum: true, worstOutputTokens: 4_900 }, null],
    ['a body that takes no limit stays as it is', { sealed: true }, null],
    ['embeddings make no output', { output: 'none', worstOutputTokens: 0, highOutputTokens: 0 }, null],
  ])('%s', (_name, quote, clampTo) => {
    expect(under(quote)).toMatchObject({ kind: 'admit', clampTo })
  })

  test('no more is held than the call may make, and a stream knows where it ends and why', () => {
    expect(under({})).toMatchObject({ hold: { outputTokens: MOST, nanos: 50_000_000 } })
    expect(under({ output: 'visible' })).toMatchObject({
      bound: { outputTokens: MOST, finding: { code: 'call-cap', rule: { id: 'one' } } },
    })
  })

  test("input is counted without the cache's discount, unless nothing usual would fit then", () => {
    const cached = { worstInputNanos: 20_000_000, expectedInputNanos: 1_000_000 }
    expect(under(cached)).toMatchObject({ clampTo: 3_000 })
    expect(under({ ...cached, worstInputNanos: 45_000_000 })).toMatchObject({ clampTo: MOST })
  })

  test('a budget with less left clamps further', () => {
    const [daily] = rulesOf(cap('daily'))
    const left = under({ typical: false }, { rules: [oneCall!, daily!], budgets: [stateOf(daily!, 990_000_000)] })
    expect(left).toMatchObject({ kind: 'admit', clampTo: 900 })
  })

  test('a plan, a warning and an answered question bound nothing', () => {
    const [warns, asks] = rulesOf(
      { id: 'w', guard: 'call-cap', limitUsd: '0.05', action: 'warn' },
      { id: 'a', guard: 'call-cap', limitUsd: '0.05', action: 'ask' },
    )
    expect(under({}, { call: callFacts('c', NOW, { billing: 'subscription' }) })).toMatchObject({ bound: null })
    expect(under({}, { rules: [warns!, asks!] })).toMatchObject({ kind: 'admit', clampTo: null, bound: null })
    expect(under({}, { settledRules: new Set(['one', 'two']) })).toMatchObject({ clampTo: null, bound: null })
  })

  test('a clamp below what it may leave is a refusal', () => {
    const small = { expectedInputNanos: 48_000_000, worstInputNanos: 48_000_000, highOutputTokens: 100 }
    expect(under(small)).toMatchObject({ kind: 'refuse', finding: { code: 'call-cap' } })
  })
})

describe('the sentence of a refusal', () => {
  const [rule] = rulesOf(cap('daily'))
  const refusal = (budget: BudgetState, changes: Partial<Parameters<typeof makeRefusal>[0]> = {}) =>
    makeRefusal({
      finding: refusedByBudget(budget),
      policyVersion: 14,
      origin: 'policy',
      mayRaise: true,
      timeZone: 'Europe/Paris',
      nowMs: NOW,
      ...changes,
    })

  test('says what was reached, spent, held, the limit, the reset, how to go on and whose rule it is', () => {
    const made = refusal(stateOf(rule!, 980_000_000, 15_000_000))
    expect(made.message).toMatch(
      /^Allowance: spend cap reached: \$0\.98 spent and \$0\.0150 held of \$1\.00, .*resets at 01:00 Europe\/Paris\. .*allowance raise .* Rule "daily" of policy version 14\.$/,
    )
    expect(made).toMatchObject({
      code: 'cap-reached',
      rule: 'daily',
      policyVersion: 14,
      spentUsd: '0.980000000',
      heldUsd: '0.015000000',
      limitUsd: '1.000000000',
      resetsAt: '2026-11-24T00:00:00.000Z',
      retryAfterSeconds: null,
    })
  })

  test.each<[string, BudgetState, Parameters<typeof refusal>[1], RegExp]>([
    ['a raise counts into the limit', stateOf(rule!, 1_400_000_000, 0, { raised: 500_000_000 }), {}, /of \$1\.50/],
    ['a key is named', stateOf(rule!, 1_000_000_000, 0, { key: 's1' }), {}, /reached for s1:/],
    [
      'without raises: whom to ask',
      stateOf(rule!, 1_000_000_000),
      { mayRaise: false },
      /ask the maintainer of the policy/,
    ],
    [
      "a rule of one's own",
      stateOf(rule!, 1_000_000_000),
      { policyVersion: null, origin: 'settings' },
      /allowance raise .* --rule daily\. Rule "daily" of your own settings\.$/,
    ],
    [
      "a cap of one's own",
      stateOf(rule!, 1_000_000_000),
      { policyVersion: null, origin: 'cap' },
      /allowance raise .* --rule daily\. Your own rule "daily"\.$/,
    ],
    [
      'tokens are told as tokens',
      stateOf(rule!, 950, 50, { unit: 'tokens', limit: 1_000 }),
      {},
      /token cap reached: 950 tokens spent and 50 tokens held of 1k tokens/,
    ],
    [
      'a rolling window has no reset',
      stateOf(rule!, 1_000_000_000, 0, { window: { startMs: NOW - 600_000, endMs: NOW + 600_000, rolling: true } }),
      {},
      /over the last 10 minutes/,
    ],
  ])('%s', (_name, budget, changes, expected) => expect(refusal(budget, changes).message).toMatch(expected))

  test('a cap that was asked about says what was reached, and that nobody said yes', () => {
    const finding = { ...refusedByBudget(stateOf(rule!, 980_000_000)), code: 'declined' as const, reason: 'near' }
    const { message } = makeRefusal({
      finding,
      policyVersion: 14,
      origin: 'policy',
      mayRaise: true,
      timeZone: 'UTC',
      nowMs: NOW,
    })
    expect(message).toMatch(
      /^Allowance: spend cap reached: \$0\.98 spent and \$0\.00 held of \$1\.00\. You were asked whether to go on; the answer was no, or there was none\. It resets at /,
    )
  })

  test('what a rolling window spent falls out bit by bit, so no moment is named', () => {
    expect(
      refusal(stateOf(rule!, 1, 0, { window: { startMs: NOW - 1, endMs: NOW + 1, rolling: true } })).resetsAt,
    ).toBeNull()
  })
})
