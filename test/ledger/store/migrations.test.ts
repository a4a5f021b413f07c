import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { CallRecord } from '../../../shared/calls/call.ts'
import type { LedgerEntry } from '../../../shared/calls/events.ts'
import { totalTokens } from '../../../shared/calls/usage.ts'
import { nanosOf, rollupStepOf } from '../../../main/core/ledger/reports/rollup.ts'
import type { SpendPart } from '../../../main/core/ledger/reports/spend-report.ts'
import { dimensionsOf } from '../../../main/core/policy/document/scope.ts'
import { entriesAfter, eventsOf, findCall, findCalls, pastSpend } from '../../../main/ledger/queries/call-queries.ts'
import { isKnownScope, recentSessions } from '../../../main/ledger/queries/scope-queries.ts'
import { spendParts } from '../../../main/ledger/queries/spend-queries.ts'
import { Ledger } from '../../../main/ledger/store/ledger.ts'
import { migration001 } from '../../../main/ledger/store/migrations/001-ledger.ts'
import { migration002 } from '../../../main/ledger/store/migrations/002-refused-calls.ts'
import { migration003 } from '../../../main/ledger/store/migrations/003-profiles.ts'
import { migration004 } from '../../../main/ledger/store/migrations/004-compact-rows.ts'
import { type Database, openDatabase } from '../../../main/ledger/store/sqlite.ts'
import { SqliteStore } from '../../../main/ledger/store/sqlite-store.ts'
import { closingOf } from '../../support/gateway/call-facts.ts'

/**
 * A ledger of each released format is read as that version read it, and goes on. `ledger-4.sql` is what version 4 wrote of
 * calls of every kind, `ledger-4.json` what it read of them; versions before it wrote the same records and events whole.
 */
const fixture = (name: string) => readFileSync(path.join(import.meta.dirname, '../../fixtures/ledger', name), 'utf8')
const OLD = JSON.parse(fixture('ledger-4.json')) as { calls: CallRecord[]; entries: LedgerEntry[]; parts: SpendPart[] }
const RELEASED = [migration001, migration002, migration003, migration004]
const QUARTER_MS = 900_000
const nowMs = OLD.entries.at(-1)!.atMs + 1_000
const quarterMs = Math.floor(nowMs / QUARTER_MS) * QUARTER_MS

let folder: string
beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'allowance-migrations-'))
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

function ledgerOf(version: number): string {
  const file = path.join(folder, 'ledger.sqlite')
  const database = openDatabase(file)
  for (const [index, sql] of RELEASED.slice(0, version).entries())
    database.exec(`BEGIN; ${sql} PRAGMA user_version = ${index + 1}; COMMIT`)
  if (version === 4) database.exec(fixture('ledger-4.sql'))
  else writeWhole(database)
  database.close()
  return file
}

/** Records and events as JSON, as versions 1 to 3 wrote them. */
function writeWhole(database: Database): void {
  const insertEvent = database.prepare('INSERT INTO event (seq, at_ms, type, call_id, body) VALUES (?, ?, ?, ?, ?)')
  for (const { seq, atMs, event } of OLD.entries)
    insertEvent.run(seq, atMs, event.type, 'callId' in event ? event.callId : null, JSON.stringify(event))
  for (const record of OLD.calls) {
    const body = JSON.stringify(dimensionsOf(record))
    database.prepare('INSERT OR IGNORE INTO dimensions (body) VALUES (?)').run(body)
    const { id } = database.prepare('SELECT id FROM dimensions WHERE body = ?').get(body) as { id: number }
    const admission = OLD.entries.find(({ event }) => event.type === 'call.admitted' && event.callId === record.id)
    const step = rollupStepOf(record, admission !== undefined)
    const usage = step?.usage
    database
      .prepare(
        `INSERT INTO call (id, seq, state, started_ms, admitted_ms, dimensions_id, cost_nanos, ceiling_nanos, tokens, record)
         VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
      )
      .run(
        record.id,
        record.seq,
        record.state,
        Date.parse(record.startedAt),
        admission?.atMs ?? null,
        id,
        nanosOf(record.costUsd),
        step?.ceilingNanos ?? 0,
        record.usage ? totalTokens(record.usage) : 0,
        JSON.stringify(record),
      )
    if (!step) continue
    const sums = [
      step.calls,
      step.refused,
      step.costNanos,
      step.ceilingNanos,
      usage?.uncachedInput ?? 0,
      usage?.cacheRead ?? 0,
      usage?.cacheWrite5m ?? 0,
      usage?.cacheWrite1h ?? 0,
      usage?.output ?? 0,
      usage?.reasoning ?? 0,
      usage?.audioInput ?? 0,
      usage?.audioOutput ?? 0,
      usage?.imageInput ?? 0,
      usage?.imageOutput ?? 0,
      usage?.source === 'estimated' ? 1 : 0,
    ]
    const names =
      'calls refused cost_nanos ceiling_nanos uncached_input cache_read cache_write_5m cache_write_1h output reasoning audio_input audio_output image_input image_output estimated'.split(
        ' ',
      )
    database
      .prepare(
        `INSERT INTO rollup (bucket_ms, dimensions_id, ${names.join(', ')}) VALUES (?, ?, ${names.map(() => '?').join(', ')})
         ON CONFLICT (bucket_ms, dimensions_id) DO UPDATE SET ${names.map((name) => `${name} = ${name} + excluded.${name}`).join(', ')}`,
      )
      .run(quarterMs, id, ...sums)
  }
}

/** Parts in an order of their own: which comes first says nothing. */
const sorted = (parts: readonly SpendPart[]) =>
  [...parts].sort((a, b) => JSON.stringify(a.dimensions).localeCompare(JSON.stringify(b.dimensions)))
const total = (parts: readonly SpendPart[]) =>
  parts.reduce(
    (sum, { calls, refused, costNanos, ceilingNanos, usage }) => ({
      calls: sum.calls + calls,
      refused: sum.refused + refused,
      costNanos: sum.costNanos + costNanos,
      ceilingNanos: sum.ceilingNanos + ceilingNanos,
      tokens: sum.tokens + totalTokens(usage),
    }),
    { calls: 0, refused: 0, costNanos: 0, ceilingNanos: 0, tokens: 0 },
  )

describe.each(RELEASED.map((_, index) => index + 1))('a ledger of format %i', (version) => {
  let ledger: Ledger
  beforeEach(() => {
    ledger = new Ledger(new SqliteStore(ledgerOf(version)), () => nowMs)
  })
  afterEach(() => ledger.close())

  test('is read as it was', () => {
    const { database } = ledger.store
    expect(findCalls(database, { limit: 100 })).toEqual(OLD.calls)
    expect(entriesAfter(database, 0, 1_000)).toEqual(OLD.entries)
    expect(entriesAfter(database, 10, 5)).toEqual(OLD.entries.filter(({ seq }) => seq > 10).slice(0, 5))
    for (const { id } of OLD.calls)
      expect(eventsOf(database, id)).toEqual(
        OLD.entries.filter(({ event }) => 'callId' in event && event.callId === id),
      )
    expect(sorted(spendParts(database, quarterMs, quarterMs + QUARTER_MS, 'thread'))).toEqual(sorted(OLD.parts))
    for (const grain of ['profile', 'quarter', 'hour'] as const) {
      expect(total(spendParts(database, quarterMs, quarterMs + QUARTER_MS, grain))).toEqual(total(OLD.parts))
      // From single calls.
      expect(total(spendParts(database, quarterMs + 1, nowMs, grain))).toEqual(total(OLD.parts))
    }
    expect(total(spendParts(database, quarterMs - 7_200_000, quarterMs + 7_200_000, 'profile'))).toEqual(
      total(OLD.parts),
    )
    expect([isKnownScope(database, 's1'), isKnownScope(database, 'c_two'), isKnownScope(database, 's2')]).toEqual([
      true,
      true,
      false,
    ])
    expect(recentSessions(database, 0)).toEqual(['s1'])
  })

  test('goes on: what was open is closed, old prices are corrected, and the next event follows the last', () => {
    const [plain, open] = ['01plain', '10open'].map((id) => OLD.calls.find((call) => call.id === id)!)
    const unfinished = ledger.store.unfinished()
    expect(unfinished.map(({ record }) => record)).toEqual([open, OLD.calls.find(({ id }) => id === '11waiting')])
    const { usage, priced } = plain!
    const correction = { usage: usage!, costNanos: 5_000, priced, priceVersion: 'newer', responseModel: 'gpt-4o' }
    ledger.record({ type: 'call.settled', callId: '10open', closing: closingOf(33) })
    ledger.record({ type: 'call.repriced', callId: '01plain', reason: 'price-corrected', correction })
    ledger.flush()
    const { database } = ledger.store
    expect(findCall(database, '10open')).toMatchObject({ state: 'settled', costUsd: '0.000000033' })
    expect(findCall(database, '01plain')).toEqual({
      ...plain,
      seq: OLD.entries.at(-1)!.seq + 2,
      costUsd: '0.000005000',
      priceVersion: 'newer',
      responseModel: 'gpt-4o',
    })
    const lives = ['01plain', '10open'].map((id) => eventsOf(database, id).map(({ event }) => event.type))
    expect(lives).toEqual([
      ['call.admitted', 'call.settled', 'call.repriced'],
      ['call.admitted', 'call.topped-up', 'call.settled'],
    ])
    // How they were before is told as it was.
    expect(entriesAfter(database, 0, 1_000).slice(0, OLD.entries.length)).toEqual(OLD.entries)
    const added = 33 + 5_000 - nanosOf(plain!.costUsd)
    expect(total(spendParts(database, quarterMs, quarterMs + QUARTER_MS, 'profile')).costNanos).toBe(
      total(OLD.parts).costNanos + added,
    )
    const past = [...pastSpend(database, quarterMs, quarterMs)].filter(({ grain }) => grain === 'quarter-hour')
    expect(past.reduce((sum, { weight }) => sum + weight.nanos, 0)).toBe(total(OLD.parts).costNanos + added)
  })
})

test('places of events are not given again after the last of them were forgotten', () => {
  const file = path.join(folder, 'ledger.sqlite')
  let ledger = new Ledger(new SqliteStore(file), () => nowMs)
  ledger.record({ type: 'gateway.stopped', reason: 'x' })
  const { seq } = ledger.append({ type: 'gateway.started', pid: 1, version: '1' })
  ledger.store.prune({ callsMs: nowMs + 1, sumsMs: nowMs + 1 })
  ledger.close()
  ledger = new Ledger(new SqliteStore(file), () => nowMs)
  expect(entriesAfter(ledger.store.database, 0, 10)).toEqual([])
  expect(ledger.append({ type: 'gateway.started', pid: 2, version: '1' }).seq).toBe(seq + 1)
  ledger.close()
})
