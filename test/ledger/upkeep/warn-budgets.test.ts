import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { gatewayEvents } from '../../../main/ledger/queries/call-queries.ts'
import { BudgetWarnings } from '../../../main/ledger/upkeep/warn-budgets.ts'
import { createTestView, DAILY, type TestView } from '../../support/gateway/control-view.ts'

let home: string
let view: TestView
const at = '2026-11-23T12:00:00Z'

beforeEach(async () => {
  home = mkdtempSync(path.join(tmpdir(), 'allowance-test-'))
  view = await createTestView({ home, policy: { rules: [DAILY] }, at })
})
afterEach(() => {
  view.close()
  rmSync(home, { recursive: true, force: true })
})

const warned = () =>
  gatewayEvents(view.books.ledger.store.database, ['budget.warned'], 0).map(({ event }) =>
    event.type === 'budget.warned' ? [event.rule, event.threshold, event.key] : null,
  )
/** Warnings are written in the turn after the closing. */
const spend = async (costUsd: string, changes = {}) => {
  view.spend(costUsd, changes)
  await Promise.resolve()
}

it('warns once a threshold, and of the highest alone when a call passes several', async () => {
  const warnings = new BudgetWarnings(view.books)
  await spend('4.99')
  expect(warned()).toEqual([])
  await spend('0.01')
  await spend('0.50')
  expect(warned()).toEqual([['daily', 0.5, null]])
  await spend('3.00')
  expect(warned()).toEqual([
    ['daily', 0.5, null],
    ['daily', 0.8, null],
  ])
  warnings.close()
  await spend('0.10')
  expect(warned()).toHaveLength(2)
})

it('says the sentence that every face shows', async () => {
  new BudgetWarnings(view.books)
  await spend('9.00')
  const [entry] = gatewayEvents(view.books.ledger.store.database, ['budget.warned'], 0)
  expect(entry?.event).toMatchObject({ threshold: 0.8, sentence: '$9.00 of $10.00 spent; resets 00:00 UTC' })
})

it('repeats nothing after a restart, and begins anew with the window', async () => {
  new BudgetWarnings(view.books)
  await spend('9.00')
  view.close()
  view = await createTestView({ home, policy: { rules: [DAILY] }, at })
  const warnings = new BudgetWarnings(view.books)
  warnings.checkAll()
  await spend('0.10')
  expect(warned()).toHaveLength(1)
  view.nowMs += 86_400_000
  await spend('5.00')
  expect(warned()).toEqual([
    ['daily', 0.8, null],
    ['daily', 0.5, null],
  ])
})

it('warns of each key by itself, and of what is past its mark when rules change', async () => {
  await spend('4.00', { session: 'a' })
  await spend('1.00', { session: 'b' })
  const each = {
    id: 'each',
    guard: 'spend-cap',
    limitUsd: 5_000_000_000,
    per: 'day',
    each: 'session',
    warnAt: [0.8],
    count: 'metered',
    shared: false,
  }
  view.books.setRules({ ...view.books.inForce, rules: [each] })
  new BudgetWarnings(view.books).checkAll()
  expect(warned()).toEqual([['each', 0.8, 'a']])
})

it('warns of a rolling window once in its own length', async () => {
  const burst = {
    id: 'burst',
    guard: 'spend-cap',
    limitUsd: 1_000_000_000,
    per: '10 minutes',
    warnAt: [0.5],
    count: 'metered',
    shared: false,
  }
  view.books.setRules({ ...view.books.inForce, rules: [burst] })
  new BudgetWarnings(view.books)
  for (let minute = 0; minute < 20; minute += 1) {
    await spend('0.60')
    view.nowMs += 60_000
  }
  expect(warned().length).toBeGreaterThanOrEqual(2)
  expect(warned().length).toBeLessThanOrEqual(3)
})
