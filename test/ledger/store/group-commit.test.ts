import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import type { LedgerEvent } from '../../../shared/calls/events.ts'
import { findCalls } from '../../../main/ledger/queries/call-queries.ts'
import { type Appended, Ledger } from '../../../main/ledger/store/ledger.ts'
import { SqliteStore } from '../../../main/ledger/store/sqlite-store.ts'
import { callFacts, closingOf } from '../../support/gateway/call-facts.ts'

const NOW = Date.parse('2026-11-23T12:00:00Z')

let ledger: Ledger
let transactions: () => number
beforeEach(() => {
  ledger = new Ledger(new SqliteStore(':memory:'), () => NOW)
  const exec = vi.spyOn(ledger.store.database, 'exec')
  transactions = () => exec.mock.calls.filter(([sql]) => sql.startsWith('BEGIN')).length
})
afterEach(() => ledger.close())

const admitted = (callId: string): LedgerEvent => ({
  type: 'call.admitted',
  callId,
  call: callFacts(callId, NOW),
  quote: { inputTokens: 1, inputNanos: 1, expectedOutputTokens: 1, worstOutputTokens: 1, outputNanosPerMillion: 1 },
  holdNanos: 1_000,
  holdTokens: 10,
  clampedTo: null,
  verdicts: [],
})
const settled = (callId: string): LedgerEvent => ({ type: 'call.settled', callId, closing: closingOf(5) })
const states = () =>
  Object.fromEntries(findCalls(ledger.store.database, { limit: 1_000 }).map((one) => [one.id, one.state]))
/** No page may be added: what a full disk is to SQLite. */
const fillDisk = () => {
  const { database } = ledger.store
  const { page_count: pages } = database.prepare('PRAGMA page_count').get() as { page_count: number }
  database.exec(`PRAGMA max_page_count = ${pages}`)
}
const freeDisk = () => ledger.store.database.exec('PRAGMA max_page_count = 1000000')

test('all that happens in one turn is one transaction, and whoever waits for it goes on after it', async () => {
  const holds = ['a', 'b', 'c'].map((id) => ledger.hold(admitted(id)))
  expect(transactions()).toBe(0)
  await Promise.all(holds)
  expect(transactions()).toBe(1)
  for (const id of ['a', 'b', 'c']) ledger.record(settled(id))
  await ledger.committed()
  expect(transactions()).toBe(2)
  expect(states()).toEqual({ a: 'settled', b: 'settled', c: 'settled' })
})

test('whoever reads in the same turn reads what has happened', () => {
  void ledger.hold(admitted('a'))
  expect(states()).toEqual({ a: 'open' })
  expect(transactions()).toBe(1)
})

test('listeners are told in order, and not before it is in the file', async () => {
  const told: Appended[] = []
  ledger.subscribe((appended) => told.push(appended))
  const hold = ledger.hold(admitted('a'))
  ledger.record(settled('a'))
  expect(told).toEqual([])
  await hold
  expect(told.map(({ event }) => event.type)).toEqual(['call.admitted', 'call.settled'])
  expect(told[1]!.seq).toBe(told[0]!.seq + 1)
})

test('where the disk takes nothing a hold did not happen, and a closing waits for room', async () => {
  await ledger.hold(admitted('a'))
  fillDisk()
  const many = Array.from({ length: 200 }, (_, index) => ledger.hold(admitted(`held-${index}`)))
  ledger.record(settled('a'))
  const outcomes = await Promise.allSettled(many)
  await ledger.committed()
  const refused = outcomes.filter(({ status }) => status === 'rejected').length
  expect(refused).toBeGreaterThan(0)
  expect(outcomes.find(({ status }) => status === 'rejected')).toMatchObject({ reason: { code: 'ledger-unavailable' } })
  expect(Object.keys(states())).toHaveLength(1 + 200 - refused)
  freeDisk()
  expect(ledger.flush()).toBe(true)
  expect(states()).toMatchObject({ a: 'settled' })
})

test('an event that cannot be spoils nothing of its turn', async () => {
  const hold = ledger.hold(admitted('a'))
  expect(() => ledger.record(settled('nobody'))).toThrow('in state new')
  await hold
  ledger.record(settled('a'))
  // A call that is over begins anew: the file refuses it.
  const impossible = ledger.hold(admitted('b')).then(() => ledger.record(settled('b')))
  await impossible
  await ledger.committed()
  const again = ledger.hold(admitted('b'))
  const good = ledger.hold(admitted('c'))
  await expect(again).rejects.toThrow('UNIQUE')
  await good
  expect(states()).toEqual({ a: 'settled', b: 'settled', c: 'open' })
})
