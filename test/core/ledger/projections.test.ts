import { describe, expect, it } from 'vitest'
import type { LedgerEvent } from '../../../shared/calls/events.ts'
import { REFUSAL_CODES } from '../../../shared/calls/verdict.ts'
import { plainRefusal } from '../../../main/core/policy/decision/make-refusal.ts'
import { noticeOf, refusalNotice, withoutRepeats } from '../../../main/core/ledger/reports/notices.ts'
import { parseMoment } from '../../../main/core/ledger/reports/parse-moment.ts'

const NOW = Date.parse('2026-11-23T12:00:00Z')

describe('moments', () => {
  const iso = (text: string, zone = 'UTC', nowMs = NOW) => {
    const atMs = parseMoment(text, nowMs, zone)
    return atMs === null ? null : new Date(atMs).toISOString()
  }
  it.each([
    ['now', 'UTC', '2026-11-23T12:00:00.000Z'],
    ['today', 'Europe/Paris', '2026-11-22T23:00:00.000Z'],
    ['yesterday', 'Europe/Paris', '2026-11-21T23:00:00.000Z'],
    ['24h', 'UTC', '2026-11-22T12:00:00.000Z'],
    ['7d', 'UTC', '2026-11-16T12:00:00.000Z'],
    ['2w', 'UTC', '2026-11-09T12:00:00.000Z'],
    ['90m', 'UTC', '2026-11-23T10:30:00.000Z'],
    ['2026-11-20', 'Europe/Paris', '2026-11-19T23:00:00.000Z'],
    ['2026-11-20', 'Pacific/Auckland', '2026-11-19T11:00:00.000Z'],
    ['2026-11-20', 'Pacific/Kiritimati', '2026-11-19T10:00:00.000Z'],
    ['2026-11-20', 'Pacific/Pago_Pago', '2026-11-20T11:00:00.000Z'],
    ['2026-11-20T08:00:00+02:00', 'UTC', '2026-11-20T06:00:00.000Z'],
    ['soon', 'UTC', null],
    ['7', 'UTC', null],
    ['-1d', 'UTC', null],
    ['2026-13-40', 'UTC', null],
    ['', 'UTC', null],
  ])('%j in %s', (text, zone, expected) => expect(iso(text, zone)).toBe(expected))

  it('yesterday is a day of 25 hours when the clock was set back', () => {
    const nowMs = Date.parse('2026-10-26T12:00:00Z')
    expect(iso('yesterday', 'Europe/Paris', nowMs)).toBe('2026-10-24T22:00:00.000Z')
    expect(iso('today', 'Europe/Paris', nowMs)).toBe('2026-10-25T23:00:00.000Z')
  })
})

describe('notices', () => {
  const entry = (event: LedgerEvent) => ({ seq: 7, atMs: NOW, event })

  it.each<[LedgerEvent, string, string]>([
    [
      { type: 'budget.warned', rule: 'daily', key: null, windowStartMs: 0, threshold: 0.8, sentence: 's' },
      'warn',
      '80 % of daily spent',
    ],
    [
      { type: 'budget.warned', rule: 'each', key: 's1', windowStartMs: 0, threshold: 0.5, sentence: 's' },
      'warn',
      '50 % of each spent for s1',
    ],
    [{ type: 'policy.changed', source: 'u', version: 3, rules: 1 }, 'info', 'Policy version 3 in force'],
    [{ type: 'policy.rejected', source: 'u', code: 'c', message: 'm' }, 'warn', 'A policy was rejected'],
    [{ type: 'gap.recorded', fromMs: 0, untilMs: 120_000, reason: 'r' }, 'warn', '2 min without metering'],
    [{ type: 'traffic.paused', session: null, killed: true }, 'stop', 'The kill switch is on'],
    [{ type: 'traffic.paused', session: 's1', killed: false }, 'warn', 'Session s1 is paused'],
    [{ type: 'provider.unapproved', host: 'x.ai', process: null }, 'warn', 'x.ai is not an approved provider'],
  ])('%j', (event, level, title) => expect(noticeOf(entry(event))).toMatchObject({ seq: 7, level, title }))

  it('say nothing of the everyday', () => {
    expect(noticeOf(entry({ type: 'gateway.started', pid: 1, version: '1' }))).toBeNull()
    expect(
      noticeOf(entry({ type: 'call.released', callId: 'c', reason: 'r', httpStatus: 429, ending: 'upstream-error' })),
    ).toBeNull()
  })

  const silent = REFUSAL_CODES.filter((code) => refusalNotice(1, NOW, 'c', plainRefusal(code, 'no room.')) === null)

  it('are silent where telling the client is enough', () => {
    expect(silent).toEqual(['rate-limited', 'paused', 'declined', 'bad-request', 'too-large', 'internal'])
  })

  it.each(REFUSAL_CODES.filter((code) => !silent.includes(code)))('know what to say of %s', (code) => {
    expect(refusalNotice(1, NOW, 'c', plainRefusal(code, 'no room.'))).toMatchObject({
      level: 'stop',
      body: 'No room.',
      callId: 'c',
    })
  })

  it('of a refusal are told once a rule and window', () => {
    const refusal = { ...plainRefusal('cap-reached', 'x'), rule: 'daily', resetsAt: '2026-11-24T00:00:00.000Z' }
    const later = { ...refusal, resetsAt: '2026-11-25T00:00:00.000Z' }
    const notices = [refusal, refusal, later]
      .map((one, seq) => refusalNotice(seq, NOW, `c${seq}`, one))
      .filter((notice) => notice !== null)
    expect(withoutRepeats(notices).map(({ seq }) => seq)).toEqual([0, 2])
  })
})
