import { afterEach, beforeEach, expect, it } from 'vitest'
import { SessionSpend } from '../../../main/control/views/session-spend.ts'
import { createTestView, type TestView } from '../../support/gateway/control-view.ts'

let view: TestView
beforeEach(async () => {
  view = await createTestView({ at: '2026-11-23T23:30:00Z' })
})
afterEach(() => view.close())

function follow(): SessionSpend {
  const sessions = new SessionSpend(view)
  view.books.ledger.subscribe(({ record }) => {
    if (record) sessions.observe(record)
  })
  return sessions
}

it('keeps up with the ledger from where it stood', () => {
  view.spend('1.00', { session: 'a' })
  const sessions = follow()
  view.spend('0.50', { session: 'b' })
  view.spend('0.25', { session: 'a' })
  view.spend('9.00', { session: 'a', billing: 'subscription' })
  view.spend('9.00')
  view.refuse({ session: 'b' })
  const expected = [
    { session: 'b', costUsd: '0.500000000' },
    { session: 'a', costUsd: '1.250000000' },
  ]
  expect(sessions.all()).toEqual(expected)
  expect(new SessionSpend(view).all()).toEqual(expect.arrayContaining(expected))
})

it('begins anew with the day', () => {
  const sessions = follow()
  view.spend('1.00', { session: 'a' })
  view.nowMs += 60 * 60_000
  expect(sessions.all()).toEqual([])
  view.spend('0.25', { session: 'a' })
  expect(sessions.all()).toEqual([{ session: 'a', costUsd: '0.250000000' }])
})

it('remembers two hundred', () => {
  const sessions = follow()
  for (let count = 0; count < 201; count += 1) view.spend('0.01', { session: `s${count}` })
  expect(sessions.all()).toHaveLength(200)
  expect(sessions.all()[0]?.session).toBe('s1')
})
