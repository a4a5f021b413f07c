import { describe, expect, test } from 'vitest'
import {
  gaugeOf,
  headlineBudget,
  otherBudgets,
  scopeWords,
  tightestBudget,
} from '../../../../renderer/derive/format/gauge.ts'
import { aBudget, aStatus } from '../../fixtures/world.ts'

describe('a budget as a gauge', () => {
  test('shows what is spent and what is held on top of it', () => {
    expect(gaugeOf(aBudget())).toMatchObject({ spent: 0.437, held: 0.041, level: 'calm' })
  })

  test('never draws more than the whole, however much a call overshot', () => {
    const gauge = gaugeOf(aBudget({ spent: '12.00', held: '1.00', left: '0' }))
    expect(gauge.spent + gauge.held).toBe(1)
    expect(gauge.level).toBe('stop')
  })

  test.each([
    ['half is spent: only news', '5.20', [0.5, 0.8], 'calm'],
    ['the first mark that is tight', '8.00', [0.5, 0.8, 0.95], 'warn'],
    ['no marks at all', '8.10', [], 'warn'],
    ['only a mark that is no worry', '7.00', [0.5], 'calm'],
  ])('%s', (_name, spent, warnAt, level) => {
    expect(gaugeOf(aBudget({ spent, held: '0', left: '1', warnAt })).level).toBe(level)
  })

  test('nothing left is a stop, also when part of it is only held', () => {
    expect(gaugeOf(aBudget({ spent: '4.00', held: '6.00', left: '0' })).level).toBe('stop')
  })

  test('a raise moves the marks inwards', () => {
    expect(gaugeOf(aBudget({ raised: '10.00', warnAt: [0.8] })).marks).toEqual([0.4])
  })

  test('counts tokens as it counts dollars', () => {
    const budget = aBudget({
      unit: 'tokens',
      limit: '5000000',
      raised: '0',
      spent: '2500000',
      held: '0',
      left: '2500000',
    })
    expect(gaugeOf(budget).spent).toBe(0.5)
  })
})

describe('the headline', () => {
  test('is the budget that the status names, and the rest are the others, fullest first', () => {
    const tests = aBudget({ rule: 'tests', limit: '2.00', spent: '0.10', held: '0' })
    const session = aBudget({ rule: 'session', limit: '5.00', spent: '4.00', held: '0' })
    const status = aStatus({ budgets: [tests, aBudget(), session] })
    expect(tightestBudget(status)?.rule).toBe('daily')
    expect(otherBudgets(status).map((budget) => budget.rule)).toEqual(['session', 'tests'])
  })

  test('tells the keys of one rule apart by what they have spent', () => {
    const budgets = [aBudget({ key: 's1', spent: '1.00' }), aBudget({ key: 's2', spent: '4.370000000' })]
    expect(tightestBudget(aStatus({ budgets }))?.key).toBe('s2')
  })

  test('is made from the status alone when the list does not hold it', () => {
    expect(headlineBudget(aStatus({ budgets: [] }))).toMatchObject({ rule: 'daily', left: '5.220000000' })
  })

  test('is none without a cap', () => {
    const { spend } = aStatus()
    expect(headlineBudget(aStatus({ spend: { ...spend, rule: null, limitUsd: null, leftUsd: null } }))).toBeNull()
  })
})

test('a scope reads as words', () => {
  expect(scopeWords(aBudget({ scope: { environment: ['test', 'ci'], 'tag:team': 'growth' } }))).toBe(
    'environment test, ci · team growth',
  )
  expect(scopeWords(aBudget())).toBeNull()
})
