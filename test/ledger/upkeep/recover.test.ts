import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import type { CallEvent } from '../../../shared/calls/events.ts'
import { parseRules } from '../../../main/core/policy/document/parse-policy.ts'
import { createRecentCalls } from '../../../main/core/ledger/calls/recent-calls.ts'
import { NO_RULES } from '../../../main/core/policy/document/rules-in-force.ts'
import { Books } from '../../../main/ledger/books/books.ts'
import { Ledger } from '../../../main/ledger/store/ledger.ts'
import { findCall } from '../../../main/ledger/queries/call-queries.ts'
import { recover } from '../../../main/ledger/upkeep/recover.ts'
import { SqliteStore } from '../../../main/ledger/store/sqlite-store.ts'
import { callFacts, closingOf } from '../../support/gateway/call-facts.ts'

const NOW = Date.parse('2026-11-23T12:00:00Z')
const call = callFacts('c', NOW)
const admitted: CallEvent = {
  type: 'call.admitted',
  callId: 'c',
  call,
  quote: {
    inputTokens: 1_000,
    inputNanos: 1_000_000,
    expectedOutputTokens: 300,
    worstOutputTokens: 4_000,
    outputNanosPerMillion: 10_000_000_000,
  },
  holdNanos: 41_000_000,
  holdTokens: 5_000,
  clampedTo: null,
  verdicts: [],
}
const toppedUp = (outputTokensSeen: number): CallEvent => ({
  type: 'call.topped-up',
  callId: 'c',
  holdNanos: 50_000_000,
  holdTokens: 6_000,
  outputTokensSeen,
})
const waiting: CallEvent = { type: 'call.waiting', callId: 'c', call, blockedBy: ['daily\n'] }

let folder: string
beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'allowance-test-'))
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

const open = () => new Ledger(new SqliteStore(path.join(folder, 'ledger.sqlite')), () => NOW)

/** What a next start makes of a history that a crash broke off. */
function after(...history: CallEvent[]) {
  const before = open()
  for (const event of history) before.append(event)
  before.store.close()
  const ledger = open()
  const closed = recover(ledger)
  const record = findCall(ledger.store.database, 'c')
  return { ledger, closed, record }
}

test.each<[string, CallEvent[], { state: string; costUsd: string | null; output?: number }]>([
  [
    'admitted: its input, and what was expected of its output',
    [admitted],
    { state: 'expired', costUsd: '0.004000000', output: 300 },
  ],
  [
    'seen less than was expected: what was expected',
    [admitted, toppedUp(100)],
    { state: 'expired', costUsd: '0.004000000', output: 300 },
  ],
  [
    'seen more: what was seen, never what was held',
    [admitted, toppedUp(900), toppedUp(2_000)],
    { state: 'expired', costUsd: '0.021000000', output: 2_000 },
  ],
  ['still waiting: it was never sent', [waiting], { state: 'released', costUsd: '0.000000000' }],
  ['waited, then admitted', [waiting, admitted], { state: 'expired', costUsd: '0.004000000', output: 300 }],
])('%s', (_name, history, { state, costUsd, output }) => {
  const { ledger, closed, record } = after(...history)
  expect(closed).toBe(1)
  expect(record).toMatchObject({ state, costUsd, ending: 'crashed' })
  expect(record?.usage?.output).toBe(output)
  if (output !== undefined) expect(record?.usage).toMatchObject({ uncachedInput: 1_000, source: 'estimated' })
  // Once and for all.
  expect(recover(ledger)).toBe(0)
  ledger.close()
})

test('what was closed stays as it was', () => {
  const { ledger, closed, record } = after(admitted, { type: 'call.settled', callId: 'c', closing: closingOf(5) })
  expect([closed, record?.state, record?.costUsd]).toEqual([0, 'settled', '0.000000005'])
  ledger.close()
})

test('after a restart nothing is held, the evidence is spent, and a raise still counts', () => {
  const { ledger } = after(admitted)
  ledger.append({ type: 'budget.raised', rule: 'daily', amountNanos: 500_000_000, reason: 'x', untilMs: NOW + 1_000 })
  ledger.close()
  const again = open()
  const books = new Books(again, createRecentCalls(), () => NOW)
  books.setRules({
    ...NO_RULES,
    rules: parseRules([{ id: 'daily', guard: 'spend-cap', limitUsd: '1.00', per: 'day' }]).rules,
  })
  expect(books.balances.allStates(NOW)).toMatchObject([{ held: 0, spent: 4_000_000, raised: 500_000_000 }])
  again.close()
})
