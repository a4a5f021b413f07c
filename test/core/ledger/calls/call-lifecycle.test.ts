import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { CallRecord } from '../../../../shared/calls/call.ts'
import type { CallEvent } from '../../../../shared/calls/events.ts'
import { plainRefusal } from '../../../../main/core/policy/decision/make-refusal.ts'
import { applyCallEvent } from '../../../../main/core/ledger/calls/call-lifecycle.ts'
import { callFacts, closingOf } from '../../../support/gateway/call-facts.ts'

const START = Date.parse('2026-11-23T12:00:00Z')
const call = callFacts('c', START)
const quote = { inputTokens: 1, inputNanos: 1, expectedOutputTokens: 1, worstOutputTokens: 1, outputNanosPerMillion: 1 }

const EVENTS: Record<CallEvent['type'], CallEvent> = {
  'call.waiting': { type: 'call.waiting', callId: 'c', call, blockedBy: ['daily\n'] },
  'call.asked': { type: 'call.asked', callId: 'c', call, rule: 'r', question: '?', expiresAtMs: START },
  'call.answered': { type: 'call.answered', callId: 'c', answer: 'once' },
  'call.admitted': {
    type: 'call.admitted',
    callId: 'c',
    call,
    quote,
    holdNanos: 5,
    holdTokens: 5,
    clampedTo: 500,
    verdicts: [],
  },
  'call.topped-up': { type: 'call.topped-up', callId: 'c', holdNanos: 9, holdTokens: 9, outputTokensSeen: 3 },
  'call.refused': {
    type: 'call.refused',
    callId: 'c',
    call,
    refusal: plainRefusal('cap-reached', 'no.'),
    verdicts: [],
  },
  'call.settled': { type: 'call.settled', callId: 'c', closing: closingOf(7) },
  'call.released': { type: 'call.released', callId: 'c', reason: 'x', httpStatus: 500, ending: 'upstream-error' },
  'call.repriced': { type: 'call.repriced', callId: 'c', reason: 'price-corrected', correction: closingOf(9) },
  'call.expired': { type: 'call.expired', callId: 'c', closing: closingOf(7, { ending: 'crashed' }) },
}
const TYPES = Object.keys(EVENTS) as CallEvent['type'][]
const CLOSED = ['settled', 'released', 'expired', 'refused']

/** The record after a history; throws where the history is impossible. */
function live(...history: CallEvent['type'][]): CallRecord | null {
  return history.reduce<CallRecord | null>(
    (record, type, index) => applyCallEvent(record, index + 1, START + 1_000 * (index + 1), EVENTS[type]),
    null,
  )
}

describe('the life of a call', () => {
  test.each<[CallEvent['type'][], Partial<CallRecord>]>([
    [
      ['call.admitted'],
      {
        state: 'open',
        heldUsd: '0.000000005',
        clampedTo: 500,
        costUsd: null,
        endedAt: null,
        usage: null,
        ending: null,
      },
    ],
    [['call.admitted', 'call.topped-up'], { state: 'open', heldUsd: '0.000000009', seq: 2 }],
    [
      ['call.admitted', 'call.settled'],
      {
        state: 'settled',
        costUsd: '0.000000007',
        durationMs: 2_000,
        endedAt: '2026-11-23T12:00:02.000Z',
        ending: 'complete',
        contextTokens: 1_000,
        heldUsd: '0.000000005',
      },
    ],
    [
      ['call.admitted', 'call.released'],
      { state: 'released', costUsd: '0.000000000', httpStatus: 500, ending: 'upstream-error', usage: null },
    ],
    [['call.admitted', 'call.expired'], { state: 'expired', costUsd: '0.000000007', ending: 'crashed' }],
    [['call.waiting'], { state: 'waiting', heldUsd: '0.000000000' }],
    [['call.waiting', 'call.admitted', 'call.settled'], { state: 'settled', durationMs: 3_000 }],
    [['call.waiting', 'call.asked', 'call.answered', 'call.admitted'], { state: 'open' }],
    [['call.waiting', 'call.released'], { state: 'released', costUsd: '0.000000000' }],
    [['call.asked', 'call.refused'], { state: 'refused', costUsd: null, refusal: plainRefusal('cap-reached', 'no.') }],
    [['call.refused'], { state: 'refused', durationMs: 1_000 }],
    [
      ['call.admitted', 'call.settled', 'call.repriced'],
      { state: 'settled', costUsd: '0.000000009', durationMs: 2_000, seq: 3 },
    ],
  ])('%j', (history, expected) => expect(live(...history)).toMatchObject(expected))

  test.each<CallEvent['type'][][]>([
    [['call.settled']],
    [['call.topped-up']],
    [['call.answered']],
    [['call.waiting', 'call.settled']],
    [['call.waiting', 'call.topped-up']],
    [['call.admitted', 'call.admitted']],
    [['call.admitted', 'call.refused']],
    [['call.admitted', 'call.waiting']],
    [['call.admitted', 'call.repriced']],
    [['call.admitted', 'call.released', 'call.repriced']],
  ])('%j is impossible, and says so', (history) => expect(() => live(...history)).toThrow(/of call c in state/))

  test('no history closes a call twice', () => {
    fc.assert(
      fc.property(fc.array(fc.constantFrom(...TYPES), { maxLength: 12 }), (history) => {
        let record: CallRecord | null = null
        let closings = 0
        for (const [index, type] of history.entries()) {
          const before: CallRecord | null = record
          try {
            record = applyCallEvent(before, index + 1, START + index, EVENTS[type])
          } catch {
            continue
          }
          if (type === 'call.repriced') continue
          if (CLOSED.includes(record.state)) closings += 1
          expect(before === null || !CLOSED.includes(before.state)).toBe(true)
          expect(record.endedAt === null).toBe(!CLOSED.includes(record.state))
        }
        expect(closings).toBeLessThanOrEqual(1)
      }),
      { seed: 20_261_123, numRuns: 2_000 },
    )
  })
})
