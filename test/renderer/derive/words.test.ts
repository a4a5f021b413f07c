import { describe, expect, test } from 'vitest'
import { NO_USAGE } from '../../../shared/calls/usage.ts'
import { fraction, inUnit, nanosOf, percent, usd } from '../../../renderer/derive/format/amounts.ts'
import { reportRows, topRows } from '../../../renderer/derive/spend/spend-rows.ts'
import { ago, clock, moment, resetTime, spanWords, stopwatch, until } from '../../../renderer/derive/format/times.ts'
import { spentToday, todayWindow } from '../../../renderer/derive/spend/today.ts'
import { retryDelayMs } from '../../../renderer/state/api/backoff.ts'
import { aBudget, aCall, aStatus, reportOver, TIME_ZONE } from '../fixtures/world.ts'

const nowMs = Date.parse('2026-11-23T13:00:00Z')

describe('amounts', () => {
  test('what does not apply is a dash, and nothing is nothing', () => {
    expect([usd(null), usd('0.000000000'), usd('4.370000000')]).toEqual(['–', '$0.00', '$4.37'])
    expect(nanosOf('garbage')).toBe(0)
  })

  test('each budget speaks in its own unit', () => {
    expect([inUnit('usd', '1.5'), inUnit('tokens', '2412300'), inUnit('calls', '9')]).toEqual(['$1.50', '2.4M', '9'])
  })

  test('a percentage never claims all, or nothing, too early', () => {
    expect([0, 0.001, 0.5, 0.999, 1].map(percent)).toEqual(['0 %', '<1 %', '50 %', '99 %', '100 %'])
    expect([fraction(1, 0), fraction(5, 4), fraction(-1, 4)]).toEqual([0, 1, 0])
  })
})

describe('times', () => {
  test('are those of the policy’s time zone', () => {
    expect(clock('2026-11-23T23:30:00Z', TIME_ZONE)).toBe('00:30')
    expect(moment('2026-11-22T22:30:00Z', TIME_ZONE, nowMs)).toBe('22 Nov, 23:30')
    expect(moment('2026-11-22T23:30:00Z', TIME_ZONE, nowMs)).toBe('00:30')
  })

  test('a reset says the day unless it is the next midnight', () => {
    expect(resetTime('2026-11-23T23:00:00Z', TIME_ZONE, nowMs)).toBe('00:00')
    expect(resetTime('2026-11-30T23:00:00Z', TIME_ZONE, nowMs)).toBe('1 Dec, 00:00')
  })

  test.each([
    ['2026-11-22T23:00:00Z', '2026-11-23T23:00:00Z', 'Mon 23 Nov'],
    ['2026-11-16T23:00:00Z', '2026-11-23T23:00:00Z', '17 Nov – 23 Nov'],
    // The clocks go back: a day of 25 hours is one day all the same.
    ['2026-10-24T22:00:00Z', '2026-10-25T23:00:00Z', 'Sun 25 Oct'],
    ['2026-11-23T08:00:00Z', '2026-11-23T09:30:00Z', 'Mon 23 Nov, 09:00–10:30'],
    ['2026-11-22T22:00:00Z', '2026-11-23T09:30:00Z', '22 Nov, 23:00 – 10:30'],
  ])('the stretch from %s to %s is %s', (from, until, words) => {
    expect(spanWords({ from, until }, TIME_ZONE, nowMs)).toBe(words)
  })

  test('near ones are told by distance', () => {
    expect(ago('2026-11-23T12:59:58Z', nowMs)).toBe('just now')
    expect(ago('2026-11-23T12:56:00Z', nowMs)).toBe('4 min ago')
    expect(until('2026-11-23T13:00:42.9Z', nowMs)).toBe('in 42 s')
    expect(until('2026-11-23T12:00:00Z', nowMs)).toBe('now')
  })

  test('a running call’s age is as wide as its neighbours', () => {
    expect([400, 12_000, 65_000].map(stopwatch)).toEqual(['0.4 s', '12.0 s', '1:05'])
  })
})

describe('today', () => {
  const report = reportOver([aCall(), aCall({ seq: 2, costUsd: '1.00' })], 'project', '', '')

  test('is what a budget over everything says, because that is the freshest', () => {
    expect(spentToday(aStatus(), report, nowMs)).toBe('4.370000000')
  })

  test('is the sum over all calls when the tightest budget counts only some of them', () => {
    const status = aStatus({ budgets: [aBudget({ scope: { environment: 'test' } })] })
    expect(spentToday(status, report, nowMs)).toBe('1.026123450')
  })

  test('is not what a week’s budget has spent', () => {
    const status = aStatus({ budgets: [aBudget({ windowStart: '2026-11-21T23:00:00.000Z' })] })
    expect(spentToday(status, report, nowMs)).toBe('1.026123450')
  })

  test('begins at the policy’s midnight, also on a day with 25 hours', () => {
    const { startMs, endMs } = todayWindow(TIME_ZONE, Date.parse('2026-10-25T12:00:00Z'))
    expect((endMs - startMs) / 3_600_000).toBe(25)
  })
})

describe('a report', () => {
  const calls = ['a', 'b', 'c', 'd', null].map((project, index) =>
    aCall({ seq: index, id: `${index}`, costUsd: `${index + 1}.00`, attribution: { ...aCall().attribution, project } }),
  )
  const report = reportOver(calls, 'project', '', '2026-11-23T13:00:00Z')

  test('shows the dearest first, and its tail as one line that keeps the total', () => {
    expect(topRows(report, 3).map((row) => [row.name, row.costUsd, row.calls])).toEqual([
      ['no project', '5.000000000', 1],
      ['d', '4.000000000', 1],
      ['3 others', '6.000000000', 3],
    ])
  })

  test('leaves out what did not happen', () => {
    const idle = { key: 'idle', calls: 0, refused: 0, costUsd: '0', ceilingUsd: '0', usage: NO_USAGE }
    expect(topRows({ ...report, rows: [...report.rows, idle] }, 9)).toHaveLength(5)
  })

  test('keeps hours in their order, the latest on top', () => {
    const hours = reportOver(
      [aCall({ startedAt: '2026-11-23T09:10:00Z', costUsd: '9' }), aCall({ startedAt: '2026-11-23T11:10:00Z' })],
      'hour',
      '',
      '2026-11-23T13:00:00Z',
    )
    expect(reportRows(hours, TIME_ZONE).map((row) => row.name)).toEqual(['12:00', '10:00'])
  })
})

test('a retry waits longer each time, but never long enough to look dead', () => {
  expect([0, 1, 2, 5, 60].map(retryDelayMs)).toEqual([500, 1_000, 2_000, 10_000, 10_000])
})
