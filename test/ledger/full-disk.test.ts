import { afterEach, expect, test } from 'vitest'
import { findCall } from '../../main/ledger/queries/call-queries.ts'
import { type Harness, startHarness } from '../support/gateway/gateway-harness.ts'
import { answerOf, chat, startCall } from '../support/load/raw-call.ts'

/** The ledger's file may grow no further: what a full disk is to SQLite, without filling one. */
let harness: Harness
afterEach(() => harness.stop())

const url = () => `${harness.url}/openai/v1/chat/completions`
const daily = (limitUsd: string) => ({ id: 'daily', guard: 'spend-cap', limitUsd, per: 'day' })
const spentNanos = () => harness.gateway.books.balances.allStates(Date.now())[0]?.spent

function fillDisk(): void {
  const { database } = harness.gateway.books.ledger.store
  // Rows are small and pages have room: with each write comes one that takes a page.
  const written = ['INSERT ON call', 'UPDATE ON call', 'INSERT ON event']
  const triggers = written.map(
    (what, index) =>
      `CREATE TEMP TRIGGER fill_${index} AFTER ${what} BEGIN INSERT INTO filling VALUES (zeroblob(9000)); END`,
  )
  database.exec(['CREATE TABLE filling (bytes)', ...triggers].join(';'))
  const { page_count: pages } = database.prepare('PRAGMA page_count').get() as { page_count: number }
  database.exec(`PRAGMA max_page_count = ${pages}`)
}

function freeDisk(): void {
  const drops = [0, 1, 2].map((index) => `DROP TRIGGER fill_${index}`)
  const { database } = harness.gateway.books.ledger.store
  database.exec(['PRAGMA max_page_count = 1000000', ...drops].join(';'))
}

/** A call whose answer the far end keeps back until it is let go. */
function heldBack(): { letGo(): void; arrived: Promise<void> } {
  let letGo = () => {}
  let isArrived = () => {}
  const arrived = new Promise<void>((resolve) => {
    isArrived = resolve
  })
  const gate = new Promise<void>((resolve) => {
    letGo = resolve
  })
  harness.fake.hold = async () => {
    isArrived()
    await gate
  }
  return { letGo, arrived }
}

test('closed: nothing is sent, the refusal says why and what to do, and it goes on when there is room', async () => {
  harness = await startHarness({ rules: [daily('1.00')] })
  fillDisk()
  const refused = await answerOf(startCall(url(), chat()))
  expect(refused.status).toBe(402)
  const { error } = JSON.parse(refused.body.toString()) as { error: { message: string; allowance: { code: string } } }
  expect(error.allowance.code).toBe('ledger-unavailable')
  expect(error.message).toMatch(/full.*not sent.*free some disk space/)
  expect(harness.fake.records).toEqual([])
  freeDisk()
  expect((await answerOf(startCall(url(), chat()))).status).toBe(200)
})

test('open: work goes on without being metered', async () => {
  const policy = { schema: 1, version: 1, timezone: 'UTC', onUnavailable: { ledger: 'open' }, rules: [daily('1.00')] }
  harness = await startHarness({ policy })
  fillDisk()
  expect((await answerOf(startCall(url(), chat()))).status).toBe(200)
  expect(harness.fake.records).toHaveLength(1)
  freeDisk()
  expect(harness.calls()).toEqual([])
})

test('a call that runs while the disk fills is answered, counted at once, and written when there is room', async () => {
  harness = await startHarness({
    rules: [daily('1.00')],
    behaviour: { inputTokens: () => 100, outputTokens: () => 50 },
  })
  const { letGo, arrived } = heldBack()
  const answer = answerOf(startCall(url(), chat()))
  await arrived
  fillDisk()
  letGo()
  expect(await answer).toMatchObject({ status: 200, complete: true })
  const costNanos = 100 * 2_500 + 50 * 10_000
  const { books } = harness.gateway
  expect(spentNanos()).toBe(costNanos)
  expect(harness.calls()).toMatchObject([{ state: 'open' }])
  // Other rules come into force: what the file does not know yet is not forgotten.
  books.setRules({ ...books.inForce })
  expect(spentNanos()).toBe(costNanos)
  expect(books.ledger.flush()).toBe(false)
  freeDisk()
  expect(books.ledger.flush()).toBe(true)
  expect(harness.calls()).toMatchObject([{ state: 'settled', costUsd: '0.000750000' }])
  books.setRules({ ...books.inForce })
  expect(spentNanos()).toBe(costNanos)
})

test('calls that wait while the disk fills are refused, and never stay waiting', async () => {
  harness = await startHarness({
    rules: [daily('0.0405')],
    behaviour: { inputTokens: () => 100, outputTokens: () => 50 },
  })
  const { letGo, arrived } = heldBack()
  const body = chat({ max_tokens: 4_000 })
  const running = answerOf(startCall(url(), body))
  await arrived
  const waiting = [startCall(url(), body), startCall(url(), body)]
  const answers = waiting.map(answerOf)
  while (harness.gateway.books.waiting.length < 2) await new Promise(setImmediate)
  fillDisk()
  letGo()
  expect((await running).status).toBe(200)
  for (const answer of answers) expect((await answer).status).toBe(402)
  freeDisk()
  expect(harness.gateway.books.ledger.flush()).toBe(true)
  expect(
    harness
      .calls()
      .map(({ state }) => state)
      .sort(),
  ).toEqual(['released', 'released', 'settled'])
  expect(harness.gateway.books.waiting.length).toBe(0)
  const [call] = harness.calls()
  expect(findCall(harness.gateway.books.ledger.store.database, call!.id)?.endedAt).not.toBeNull()
})
