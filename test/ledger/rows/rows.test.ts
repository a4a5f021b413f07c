import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import fc from 'fast-check'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { NO_ATTRIBUTION } from '../../../shared/calls/attribution.ts'
import type { CallRecord } from '../../../shared/calls/call.ts'
import type { CallEvent, CallFacts, Closing, LedgerEvent } from '../../../shared/calls/events.ts'
import { NO_USAGE } from '../../../shared/calls/usage.ts'
import { applyCallEvent } from '../../../main/core/ledger/calls/call-lifecycle.ts'
import { Ledger } from '../../../main/ledger/store/ledger.ts'
import { entriesAfter, eventsOf, findCall } from '../../../main/ledger/queries/call-queries.ts'
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

describe('what a call takes of the disk', () => {
  const settledCalls = 2_000
  /** Bytes a call, where each conversation has so many of them, of a process and a session of its own. */
  function bytesACall(turns: number): number {
    let nowMs = NOW
    const ledger = new Ledger(new SqliteStore(file), () => nowMs)
    const pages = () => (ledger.store.database.prepare('PRAGMA page_count').get() as { page_count: number }).page_count
    const pagesBefore = pages()
    for (let index = 0; index < settledCalls; index += 1) {
      const thread = Math.floor(index / turns)
      const attribution = {
        ...NO_ATTRIBUTION,
        developer: 'ada@acme.dev',
        project: 'web',
        branch: 'feat/x',
        session: turns > 1 ? `0f8b6e1c-5a4e-4c61-9d2b-${String(thread).padStart(12, '0')}` : null,
        process: {
          pid: 4_242 + thread,
          command: 'node agent.js',
          cwd: '/home/ada/web',
          parents: ['codex', 'zsh', 'tmux'],
        },
      }
      const callId = `01m8e0yskn50c7j1ran${String(index).padStart(7, '0')}`
      const call = callFacts(callId, nowMs, {
        attribution,
        conversation: `c_5A4SiEhJ${String(thread).padStart(5, '0')}`,
        step: { tools: ['edit', 'bash'], mark: `m${String(index).padStart(10, '0')}` },
        contextTokens: 2_000 + index,
      })
      nowMs += 3
      ledger.append(admittedOf(call, 1_000 + index))
      nowMs += 900
      const responseId = `chatcmpl-${String(index).padStart(29, '0')}`
      ledger.append({ type: 'call.settled', callId, closing: closingOf(7_500_000 + index * 7, { responseId }) })
    }
    const { page_size: size } = ledger.store.database.prepare('PRAGMA page_size').get() as { page_size: number }
    const bytes = (pages() - pagesBefore) * size
    ledger.close()
    return bytes / settledCalls
  }

  test('in a conversation of many turns', () => expect(bytesACall(50)).toBeLessThan(420))

  test('where each begins a conversation', () => expect(bytesACall(1)).toBeLessThan(500))
})
