import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { typeNumber } from '../../main/ledger/rows/numbers.ts'
import type * as Sqlite from '../../main/ledger/store/sqlite.ts'
import type { Database, Statement } from '../../main/ledger/store/sqlite.ts'
import { type Harness, startHarness } from '../support/gateway/gateway-harness.ts'
import { answerOf, chat, startCall } from '../support/load/raw-call.ts'

/**
 * What a call costs in counts, which no machine makes larger: statements and transactions of the ledger. Times are
 * measured by `npm run bench`.
 */
const asked = vi.hoisted(() => ({ transactions: 0, writes: 0, reads: 0, prepared: 0 }))

vi.mock('../../main/ledger/store/sqlite.ts', async (load) => {
  const original = await load<typeof Sqlite>()
  const countingStatement = (statement: Statement): Statement => {
    const read =
      <Name extends 'get' | 'all' | 'iterate'>(name: Name) =>
      (...values: Parameters<Statement[Name]>) => {
        asked.reads += 1
        return statement[name](...values) as ReturnType<Statement[Name]>
      }
    const run: Statement['run'] = (...values) => {
      asked.writes += 1
      return statement.run(...values)
    }
    return { run, get: read('get'), all: read('all'), iterate: read('iterate') }
  }
  const counting = (database: Database): Database => ({
    exec(sql) {
      if (sql.startsWith('BEGIN')) asked.transactions += 1
      database.exec(sql)
    },
    prepare(sql) {
      asked.prepared += 1
      return countingStatement(database.prepare(sql))
    },
    close: () => database.close(),
  })
  return {
    ...original,
    openDatabase: (...how: Parameters<typeof original.openDatabase>) => counting(original.openDatabase(...how)),
  }
})

let harness: Harness
beforeAll(async () => {
  harness = await startHarness({ rules: [{ id: 'daily', guard: 'spend-cap', limitUsd: '100.00', per: 'day' }] })
  // What is made once: facts, dimensions, sums of the quarter-hour.
  for (const stream of [false, true]) await call({ stream })
})
afterAll(() => harness.stop())

const call = (changes = {}) => answerOf(startCall(`${harness.url}/openai/v1/chat/completions`, chat(changes)))

/** What SQLite is asked while `work` runs. */
async function counted(work: () => Promise<unknown>): Promise<typeof asked> {
  const before = { ...asked }
  await work()
  const { transactions, writes, reads, prepared } = asked
  return {
    transactions: transactions - before.transactions,
    writes: writes - before.writes,
    reads: reads - before.reads,
    prepared: prepared - before.prepared,
  }
}

test('a call is two transactions of few statements, and nothing is read on its way', async () => {
  expect(await counted(call)).toEqual({ transactions: 2, writes: 3, reads: 0, prepared: 0 })
})

test('calls at once share transactions: a crowd takes fewer than one call after the other', async () => {
  const calls = 40
  const { transactions, writes, reads, prepared } = await counted(() =>
    Promise.all(Array.from({ length: calls }, () => call())),
  )
  expect(transactions).toBeLessThan(calls * 2)
  expect(writes).toBeLessThanOrEqual(calls * 3)
  expect([reads, prepared]).toEqual([0, 0])
})

test('a stream is the two transactions of a call and one for each growth of its hold', async () => {
  const before = harness.calls().length
  const { transactions, reads, prepared } = await counted(() => call({ stream: true }))
  expect([reads, prepared]).toEqual([0, 0])
  const { database } = harness.gateway.books.ledger.store
  expect(harness.calls()).toHaveLength(before + 1)
  const grown = database

    .prepare('SELECT count(*) AS events FROM event JOIN call ON n = call_n WHERE type = ? AND id = ?')
    .get(typeNumber('call.topped-up'), harness.calls().at(-1)!.id) as { events: number }
  expect(transactions).toBeLessThanOrEqual(2 + grown.events)
})
