import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { createRecentCalls } from '../../../main/core/ledger/calls/recent-calls.ts'
import { parseRules } from '../../../main/core/policy/document/parse-policy.ts'
import { NO_RULES } from '../../../main/core/policy/document/rules-in-force.ts'
import { Books } from '../../../main/ledger/books/books.ts'
import { prune } from '../../../main/ledger/upkeep/keep-history.ts'
import { Ledger } from '../../../main/ledger/store/ledger.ts'
import { eventsOf, findCall, gatewayEvents } from '../../../main/ledger/queries/call-queries.ts'
import { SqliteStore } from '../../../main/ledger/store/sqlite-store.ts'
import { callFacts, closingOf } from '../../support/gateway/call-facts.ts'

const DAY_MS = 86_400_000
const NOW = Date.parse('2026-11-23T12:00:00Z')

let folder: string
let nowMs: number
let ledger: Ledger
beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'allowance-test-'))
  ledger = new Ledger(new SqliteStore(path.join(folder, 'ledger.sqlite')), () => nowMs)
})
afterEach(() => {
  ledger.close()
  rmSync(folder, { recursive: true, force: true })
})

/** A call of ten cents, so many days ago. */
function spendDaysAgo(id: string, days: number): void {
  nowMs = NOW - days * DAY_MS
  const call = callFacts(id, nowMs)
  const quote = {
    inputTokens: 1,
    inputNanos: 1,
    expectedOutputTokens: 1,
    worstOutputTokens: 1,
    outputNanosPerMillion: 1,
  }
  const hold = { holdNanos: 100_000_000, holdTokens: 10, clampedTo: null, verdicts: [] }
  ledger.append({ type: 'call.admitted', callId: id, call, quote, ...hold })
  ledger.append({ type: 'call.settled', callId: id, closing: closingOf(100_000_000) })
}

/** The books of the next start, with these rules. */
function books(...rules: unknown[]): Books {
  nowMs = NOW
  const started = new Books(ledger, createRecentCalls(), () => nowMs)
  started.setRules({ ...NO_RULES, timeZone: 'UTC', rules: parseRules(rules).rules })
  return started
}

const known = (id: string) => findCall(ledger.store.database, id) !== null
const spentUnder = (started: Books) => started.balances.allStates(NOW).map(({ spent }) => spent)

describe('what is older than keepDays', () => {
  test('is forgotten with its events; what is younger stays', () => {
    spendDaysAgo('old', 9)
    spendDaysAgo('young', 6)
    prune(books(), 7)
    expect([known('old'), known('young')]).toEqual([false, true])
    expect(eventsOf(ledger.store.database, 'old')).toEqual([])
    expect(eventsOf(ledger.store.database, 'young')).toHaveLength(2)
  })

  test('still counts in the budget of its month', () => {
    const month = { id: 'month', guard: 'spend-cap', limitUsd: '5.00', per: 'month' }
    spendDaysAgo('old', 20)
    prune(books(month), 7)
    expect(known('old')).toBe(false)
    expect(spentUnder(books(month))).toEqual([100_000_000])
  })

  test('stays itself while a rolling budget counts it', () => {
    const rolling = { id: 'rolling', guard: 'spend-cap', limitUsd: '5.00', per: '240 hours' }
    spendDaysAgo('counted', 9)
    spendDaysAgo('over', 11)
    prune(books(rolling), 7)
    expect([known('counted'), known('over')]).toEqual([true, false])
    expect(spentUnder(books(rolling))).toEqual([100_000_000])
  })

  test('stays stopped, and a raise stays granted', () => {
    nowMs = NOW - 20 * DAY_MS
    ledger.append({ type: 'traffic.paused', session: 's1', killed: false })
    ledger.append({ type: 'budget.raised', rule: 'month', amountNanos: 1, reason: 'why', untilMs: NOW + DAY_MS })
    ledger.append({ type: 'gateway.started', pid: 1, version: '1' })
    const started = books()
    prune(started, 7)
    const types = gatewayEvents(ledger.store.database, ['traffic.paused', 'budget.raised', 'gateway.started'], 0)
    expect(types.map(({ event }) => event.type)).toEqual(['traffic.paused', 'budget.raised'])
  })
})
