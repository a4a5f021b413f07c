import { afterEach, expect, test } from 'vitest'
import { buildStatus } from '../../../main/control/views/status.ts'
import { createTestView, type TestView } from '../../support/gateway/control-view.ts'

let view: TestView
afterEach(() => view.close())

const daily = { rules: [{ id: 'daily', guard: 'spend-cap', limitUsd: '1.00', per: 'day' }] }
const reached = () => buildStatus(view).spend.reached
const refused = { spentUsd: '0.990000000', heldUsd: '0', limitUsd: '1.00' }

test('a cap is reached when an ordinary call no longer fits: since when, how often, and whose work it was', async () => {
  view = await createTestView({ policy: daily })
  view.spend('0.60', { project: 'web' })
  view.spend('0.39', { project: 'api' })
  expect(reached()).toBeUndefined()
  view.refuse({ project: 'api' }, refused)
  view.refuse({ project: 'web' }, refused)
  expect(reached()).toEqual({
    at: '2026-11-23T12:07:00.000Z',
    refused: 2,
    top: { project: 'web', agent: null, costUsd: '0.600000000' },
  })
})

test('a raise makes room again', async () => {
  view = await createTestView({ policy: { ...daily, raise: { upToUsd: '5.00', perDay: 2 } } })
  view.spend('0.99')
  view.refuse({}, refused)
  expect(reached()).toBeDefined()
  view.books.balances.raise('daily', 1_000_000_000, view.nowMs + 3_600_000)
  expect(reached()).toBeUndefined()
})

test('what another rule refused, and a huge call with plenty left, reach nothing', async () => {
  view = await createTestView({ policy: daily })
  for (let call = 0; call < 4; call += 1) view.spend('0.10')
  view.refuse({}, { ...refused, rule: 'tests' })
  view.refuse({}, { spentUsd: '0.400000000', heldUsd: '0', limitUsd: '1.00' })
  expect(reached()).toBeUndefined()
})
