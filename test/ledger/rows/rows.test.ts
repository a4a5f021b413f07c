import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import fc from 'fast-check'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { NO_ATTRIBUTION } from '../../../shared/calls/attribution.ts'
import type { CallRecord } from '../../../shared/calls/call.ts'
import type { CallEvent, CallFacts, Closing, LedgerEvent } from '../../../shared/calls/events.ts'
import { NO_USAGE, totalTokens } from '../../../shared/calls/usage.ts'
import { applyCallEvent } from '../../../main/core/ledger/calls/call-lifecycle.ts'
import { nanosOf } from '../../../main/core/ledger/reports/rollup.ts'
import { dimensionsOf } from '../../../main/core/policy/document/scope.ts'
import { Ledger } from '../../../main/ledger/store/ledger.ts'
import { migration001 } from '../../../main/ledger/store/migrations/001-ledger.ts'
import { migration002 } from '../../../main/ledger/store/migrations/002-refused-calls.ts'
import { migration003 } from '../../../main/ledger/store/migrations/003-profiles.ts'
import { entriesAfter, eventsOf, findCall, findCalls, pastSpend } from '../../../main/ledger/queries/call-queries.ts'
import { isKnownScope, recentSessions } from '../../../main/ledger/queries/scope-queries.ts'
import { spendParts } from '../../../main/ledger/queries/spend-queries.ts'
import { openDatabase } from '../../../main/ledger/store/sqlite.ts'
import { SqliteStore } from '../../../main/ledger/store/sqlite-store.ts'
import { callFacts, closingOf } from '../../support/gateway/call-facts.ts'

const NOW = Date.parse('2026-11-23T12:00:00.250Z')
let folder: string
let file: string
beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'allowance-rows-'))
  file = path.join(folder, 'ledger.sqlite')
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

const refusal = {
  code: 'cap-reached' as const,
  rule: 'daily',
  policyVersion: 3,
  message: 'the cap was reached',
  spentUsd: '1.00',
  heldUsd: '0',
  limitUsd: '1.00',
  resetsAt: null,
  retryAfterSeconds: null,
}

const words = fc.string({ maxLength: 12 })
const maybe = <T>(one: fc.Arbitrary<T>) => fc.option(one, { nil: null })
const counts = fc.nat({ max: 2_000_000 })
const facts: fc.Arbitrary<Partial<CallFacts>> = fc.record({
  requestModel: maybe(words),
  stream: fc.boolean(),
  kind: fc.constantFrom('prompt' as const, 'tool-loop' as const, 'auxiliary' as const),
  via: fc.constantFrom('base-url' as const, 'connect' as const, null),
  conversation: maybe(words),
  attempt: fc.integer({ min: 1, max: 9 }),
  step: maybe(fc.record({ tools: fc.array(words, { maxLength: 3 }), mark: words })),
  contextTokens: counts,
  contextWindow: maybe(counts),
  attribution: fc.record({
    ...Object.fromEntries(Object.entries(NO_ATTRIBUTION).map(([name, value]) => [name, fc.constant(value)])),
    project: maybe(words),
    session: maybe(words),
    tags: fc.dictionary(fc.stringMatching(/^[a-z]{1,5}$/), words, { maxKeys: 2 }),
  }) as unknown as fc.Arbitrary<CallFacts['attribution']>,
})
const closings: fc.Arbitrary<Closing> = fc
  .record({
    costNanos: fc.nat({ max: 5_000_000_000 }),
    usage: fc.record({ uncachedInput: counts, cacheRead: counts, output: counts, imageOutput: counts }),
    responseModel: maybe(words),
    responseId: maybe(words),
    serviceTier: maybe(words),
    toolUses: fc.dictionary(fc.constantFrom('web_search', 'code'), fc.integer({ min: 1, max: 9 })),
    cacheMiss: fc.constantFrom(null, {
      tokens: 9,
      costUsd: '0.000000009',
      cause: 'expired' as const,
      message: null,
      callId: 'x',
    }),
    httpStatus: fc.constantFrom(200, null),
    cut: fc.boolean(),
    firstByteMs: maybe(fc.nat({ max: 90_000 })),
  })
  .map(({ cut, usage, ...rest }) =>
    closingOf(rest.costNanos, {
      ...rest,
      usage: { ...NO_USAGE, ...usage, source: 'reported' },
      ...(cut ? { ending: 'cut', refusal } : {}),
    }),
  )

const admittedOf = (call: CallFacts, seed = 1): CallEvent => ({
  type: 'call.admitted',
  callId: call.callId,
  call,
  quote: {
    inputTokens: seed,
    inputNanos: seed * 3,
    expectedOutputTokens: 7,
    worstOutputTokens: 9_000,
    outputNanosPerMillion: 10_000_000_000,
  },
  holdNanos: seed * 1_000,
  holdTokens: seed + 10,
  clampedTo: seed % 2 ? null : 512,
  verdicts: seed % 3 ? [] : [{ guard: 'spend-cap', rule: 'daily', verdict: 'warn', reason: 'nearly' }],
})

describe('what is written is what is read', () => {
  test('of every call and event, whatever is in it', () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(facts, closings, fc.nat({ max: 5 })), { maxLength: 12 }), (calls) => {
        let nowMs = NOW
        const ledger = new Ledger(new SqliteStore(':memory:'), () => nowMs)
        const histories = calls.map(([changes, closing, way], index): CallEvent[] => {
          const call = callFacts(`c${index}`, NOW + index, changes)
          const { callId } = call
          const begin = admittedOf(call, index)
          if (way === 0) return [{ type: 'call.refused', callId, call, refusal, verdicts: [] }]
          if (way === 1)
            return [begin, { type: 'call.released', callId, reason: 'x', httpStatus: 500, ending: 'upstream-error' }]
          if (way === 2) return [{ type: 'call.waiting', callId, call, blockedBy: ['daily\n'] }, begin]
          const grown: CallEvent = {
            type: 'call.topped-up',
            callId,
            holdNanos: 9_000_000,
            holdTokens: 900,
            outputTokensSeen: 3,
          }
          const { usage, costNanos, priced, priceVersion, responseModel } = closing
          const correction = {
            usage: { ...usage, output: 1 },
            costNanos: costNanos + 5,
            priced,
            priceVersion,
            responseModel,
          }
          const closed: CallEvent[] = [begin, grown, { type: 'call.settled', callId, closing }]
          return way === 5
            ? [...closed, { type: 'call.repriced', callId, reason: 'price-corrected', correction }]
            : closed
        })
        const wanted = new Map<string, CallRecord>()
        const events: LedgerEvent[] = []
        // Step by step of all calls at once, some of them in one transaction.
        for (let step = 0; step < 4; step += 1) {
          for (const history of histories) {
            const event = history[step]
            if (!event) continue
            nowMs += 7
            ledger.record(event)
            const seq = events.push(event)
            wanted.set(event.callId, applyCallEvent(wanted.get(event.callId) ?? null, seq, nowMs, event))
          }
          if (step !== 1) ledger.flush()
        }
        const { database } = ledger.store
        for (const [id, record] of wanted) expect(findCall(database, id)).toEqual(record)
        expect(entriesAfter(database, 0, 1_000).map(({ event }) => event)).toEqual(events)
        for (const [index, history] of histories.entries())
          expect(eventsOf(database, `c${index}`).map(({ event }) => event)).toEqual(history)
        ledger.close()
      }),
      { seed: Number(process.env.PROPERTY_SEED ?? 20_261_127), numRuns: 150 },
    )
  })
})

/** A ledger as the version before wrote it: whole records and whole events, as JSON. */
function writeOldLedger(histories: { atMs: number; events: CallEvent[] }[]): CallRecord[] {
  const database = openDatabase(file)
  for (const [index, sql] of [migration001, migration002, migration003].entries())
    database.exec(`BEGIN; ${sql} PRAGMA user_version = ${index + 1}; COMMIT`)
  let seq = 0
  const records = histories.map(({ atMs, events }) => {
    const record = events.reduce<CallRecord | null>((before, event) => {
      seq += 1
      database
        .prepare('INSERT INTO event (seq, at_ms, type, call_id, body) VALUES (?, ?, ?, ?, ?)')
        .run(seq, atMs, event.type, event.callId, JSON.stringify(event))
      return applyCallEvent(before, seq, atMs, event)
    }, null)!
    const body = JSON.stringify(dimensionsOf(record))
    database.prepare('INSERT OR IGNORE INTO dimensions (body) VALUES (?)').run(body)
    const { id } = database.prepare('SELECT id FROM dimensions WHERE body = ?').get(body) as { id: number }
    const nanos = nanosOf(record.costUsd)
    database
      .prepare(
        'INSERT INTO call (id, seq, state, started_ms, admitted_ms, dimensions_id, cost_nanos, ceiling_nanos, tokens, record) VALUES (?, ?, ?, ?, ?, ?, ?, 0, ?, ?)',
      )
      .run(
        record.id,
        seq,
        record.state,
        atMs,
        atMs,
        id,
        nanos,
        record.usage ? totalTokens(record.usage) : 0,
        JSON.stringify(record),
      )
    if (record.usage)
      database
        .prepare(
          `INSERT INTO rollup VALUES (?, ?, 1, 0, ?, 0, 1000, 0, 0, 0, 100, 0, 0, 0, 0, 0, 0)
           ON CONFLICT (bucket_ms, dimensions_id) DO UPDATE SET calls = calls + 1, cost_nanos = cost_nanos + excluded.cost_nanos`,
        )
        .run(Math.floor(atMs / 900_000) * 900_000, id, nanos)
    return record
  })
  database.close()
  return records
}

describe('a ledger of an older version', () => {
  const attribution = { ...NO_ATTRIBUTION, developer: 'ada', project: 'web', session: 's1' }
  const history = (id: string, ...more: CallEvent[]) => {
    const call = callFacts(id, NOW, { attribution, conversation: 'c_1' })
    return { atMs: NOW, events: [admittedOf(call), ...more] }
  }
  const settled = (callId: string, nanos: number): CallEvent => ({
    type: 'call.settled',
    callId,
    closing: closingOf(nanos),
  })

  test('is read as it was, goes on as it is now, and both are summed', () => {
    const old = writeOldLedger([history('a', settled('a', 100)), history('b', settled('b', 20)), history('left-open')])
    const ledger = new Ledger(new SqliteStore(file), () => NOW + 1_000)
    expect(findCalls(ledger.store.database, { limit: 10 })).toEqual(old)
    expect(eventsOf(ledger.store.database, 'a').map(({ event }) => event)).toEqual(
      history('a', settled('a', 100)).events,
    )
    // What a crash left open goes on; a new call has the same shape; an old price is corrected.
    ledger.record(settled('left-open', 3))
    for (const event of history('new', settled('new', 4_000)).events) ledger.record(event)
    const { usage, priced, priceVersion, responseModel } = closingOf(0)
    const correction = { usage, costNanos: 150, priced, priceVersion, responseModel }
    ledger.record({ type: 'call.repriced', callId: 'a', reason: 'price-corrected', correction })
    ledger.flush()
    const { database } = ledger.store
    const calls = findCalls(database, { limit: 10 })
    expect(calls.map(({ id, state, costUsd }) => [id, state, nanosOf(costUsd)]).sort()).toEqual([
      ['a', 'settled', 150],
      ['b', 'settled', 20],
      ['left-open', 'settled', 3],
      ['new', 'settled', 4_000],
    ])
    expect(Object.keys(calls.find(({ id }) => id === 'new')!).sort()).toEqual(Object.keys(old[0]!).sort())
    expect(eventsOf(database, 'a').map(({ event }) => event)).toEqual([
      ...history('a', settled('a', 100)).events,
      { type: 'call.repriced', callId: 'a', reason: 'price-corrected', correction },
    ])
    const quarter = Math.floor(NOW / 900_000) * 900_000
    for (const parts of [
      spendParts(database, quarter, quarter + 900_000, false),
      spendParts(database, NOW - 1, NOW + 2_000, true),
    ])
      expect(parts.reduce((sum, part) => sum + part.costNanos, 0)).toBe(150 + 20 + 3 + 4_000)
    const past = [...pastSpend(database, quarter, NOW - 1)]
    expect(past.every(({ dimensions }) => dimensions.values.session === 's1')).toBe(true)
    expect(past.filter(({ grain }) => grain === 'call').reduce((sum, one) => sum + one.weight.nanos, 0)).toBe(4_173)
    expect([isKnownScope(database, 's1'), isKnownScope(database, 'c_1'), isKnownScope(database, 's2')]).toEqual([
      true,
      true,
      false,
    ])
    expect(recentSessions(database, 0)).toEqual(['s1'])
    ledger.close()
  })
})

test('a call of a conversation that is known takes little of the disk', () => {
  const ledger = new Ledger(new SqliteStore(file), () => NOW)
  const attribution = {
    ...NO_ATTRIBUTION,
    developer: 'ada@acme.dev',
    project: 'web',
    branch: 'feat/x',
    process: { pid: 4_242, command: 'node agent.js', cwd: '/home/ada/web', parents: ['codex', 'zsh', 'tmux'] },
  }
  const calls = 2_000
  for (let index = 0; index < calls; index += 1) {
    const id = `01m8e0yskn50c7j1ran${String(index).padStart(7, '0')}`
    const call = callFacts(id, NOW + index * 100, { attribution, conversation: `c_5A4SiEhJlNOQL${index % 50}` })
    ledger.record(admittedOf(call))
    ledger.record({
      type: 'call.settled',
      callId: id,
      closing: closingOf(75_000 + index, { responseId: `chatcmpl-${index}` }),
    })
  }
  ledger.flush()
  const { database } = ledger.store
  const pages = database.prepare('PRAGMA page_count').get() as { page_count: number }
  const size = database.prepare('PRAGMA page_size').get() as { page_size: number }
  expect((pages.page_count * size.page_size) / calls).toBeLessThan(900)
  ledger.close()
})
