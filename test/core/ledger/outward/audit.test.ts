import { describe, expect, test } from 'vitest'
import { auditEntryOf, AUDIT_TYPES } from '../../../../main/core/ledger/outward/audit.ts'
import type { LedgerEvent } from '../../../../shared/calls/events.ts'
import { auditEntrySchema } from '../../../../shared/contract/audit.ts'

const EVENTS: [sentence: RegExp, event: LedgerEvent][] = [
  [/^Policy version 3 came into force/, { type: 'policy.changed', source: 'https://p.dev', version: 3, rules: 2 }],
  [
    /not accepted: it is no JSON/,
    { type: 'policy.rejected', source: 'f', code: 'policy-invalid', message: 'it is no JSON' },
  ],
  [
    /^A personal cap was removed: mine/,
    { type: 'rules.changed', version: 2, change: 'removed', rule: 'mine', sentence: '' },
  ],
  [/agreed to have llm\.acme\.dev decrypted/, { type: 'hosts.trusted', hosts: ['llm.acme.dev'] }],
  [
    /budget daily was raised by \$2\.00 until 2026-11-24T00:00:00\.000Z: release$/,
    { type: 'budget.raised', rule: 'daily', amountNanos: 2e9, reason: 'release', untilMs: Date.parse('2026-11-24') },
  ],
  [/call c1 was stopped, because nobody answered/, { type: 'call.answered', callId: 'c1', answer: 'none' }],
  [/^The kill switch was switched on/, { type: 'traffic.paused', session: null, killed: true }],
  [/^s1 was paused/, { type: 'traffic.paused', session: 's1', killed: false }],
  [/^All traffic was resumed/, { type: 'traffic.resumed', session: null }],
  [/Nothing was metered from 1970/, { type: 'gap.recorded', fromMs: 0, untilMs: 1_000, reason: 'it was down' }],
  [/^The gateway 1\.2 started/, { type: 'gateway.started', pid: 1, version: '1.2' }],
  [/^The gateway stopped: SIGTERM/, { type: 'gateway.stopped', reason: 'SIGTERM' }],
]

describe('the audit trail', () => {
  test.each(EVENTS)('says %s', (sentence, event) => {
    const entry = auditEntryOf({ seq: 7, atMs: 0, event }, 'ada@acme.dev')
    expect(auditEntrySchema.parse(entry)).toMatchObject({ seq: 7, event: event.type, developer: 'ada@acme.dev' })
    expect(entry?.sentence).toMatch(sentence)
  })

  test('has an entry for each type that it asks the ledger for, and for no other', () => {
    expect(new Set(EVENTS.map(([, event]) => event.type))).toEqual(new Set(AUDIT_TYPES))
    const release = { type: 'call.released', callId: 'c', reason: '', httpStatus: null, ending: 'crashed' } as const
    expect(auditEntryOf({ seq: 1, atMs: 0, event: release }, 'ada')).toBeNull()
  })
})
