import fc from 'fast-check'
import { describe, expect, it, test } from 'vitest'
import {
  isTimeZone,
  localTime,
  parseDuration,
  parsePeriod,
  windowAt,
  type CalendarPeriod,
} from '../../../shared/values/time-window.ts'

const iso = (atMs: number) => new Date(atMs).toISOString().replace('.000Z', 'Z')
const HOUR = 3_600_000

describe('calendar windows, over clocks that change', () => {
  test.each<[zone: string, calendar: CalendarPeriod, at: string, start: string, hours: number]>([
    ['UTC', 'day', '2026-11-23T12:00:00Z', '2026-11-23T00:00:00Z', 24],
    ['Europe/Paris', 'day', '2026-03-29T12:00:00Z', '2026-03-28T23:00:00Z', 23],
    ['Europe/Paris', 'day', '2026-10-25T12:00:00Z', '2026-10-24T22:00:00Z', 25],
    ['Europe/Paris', 'hour', '2026-10-25T00:30:00Z', '2026-10-25T00:00:00Z', 1],
    ['Europe/Paris', 'hour', '2026-10-25T01:30:00Z', '2026-10-25T01:00:00Z', 1],
    ['Europe/Paris', 'week', '2026-10-25T12:00:00Z', '2026-10-18T22:00:00Z', 169],
    ['Europe/Paris', 'month', '2026-10-25T12:00:00Z', '2026-09-30T22:00:00Z', 745],
    // Midnight itself was skipped: the day begins at one o'clock.
    ['America/Sao_Paulo', 'day', '2018-11-04T12:00:00Z', '2018-11-04T03:00:00Z', 23],
    ['America/Sao_Paulo', 'day', '2018-11-03T12:00:00Z', '2018-11-03T03:00:00Z', 24],
    ['America/Sao_Paulo', 'day', '2018-02-17T12:00:00Z', '2018-02-17T02:00:00Z', 25],
    ['America/Havana', 'day', '2026-03-08T12:00:00Z', '2026-03-08T05:00:00Z', 23],
    // Midnight came twice: the day begins with the first.
    ['America/Havana', 'day', '2026-11-01T12:00:00Z', '2026-11-01T04:00:00Z', 25],
    ['America/Havana', 'day', '2026-11-01T05:30:00Z', '2026-11-01T04:00:00Z', 25],
    // Half an hour of summer time.
    ['Australia/Lord_Howe', 'day', '2026-10-04T12:00:00Z', '2026-10-03T13:30:00Z', 23.5],
    ['Australia/Lord_Howe', 'day', '2026-04-05T10:00:00Z', '2026-04-04T13:00:00Z', 24.5],
    ['Asia/Kolkata', 'day', '2026-11-23T18:29:00Z', '2026-11-22T18:30:00Z', 24],
    ['Asia/Kolkata', 'hour', '2026-11-23T12:00:00Z', '2026-11-23T11:30:00Z', 1],
    ['Asia/Kathmandu', 'hour', '2026-11-23T12:00:00Z', '2026-11-23T11:15:00Z', 1],
    ['Pacific/Kiritimati', 'day', '2026-11-23T12:00:00Z', '2026-11-23T10:00:00Z', 24],
    ['America/New_York', 'minute', '2026-11-23T12:34:56Z', '2026-11-23T12:34:00Z', 1 / 60],
    ['UTC', 'week', '2026-11-23T00:00:00Z', '2026-11-23T00:00:00Z', 168],
    ['UTC', 'week', '2026-11-22T23:59:59Z', '2026-11-16T00:00:00Z', 168],
    ['UTC', 'month', '2028-02-29T12:00:00Z', '2028-02-01T00:00:00Z', 29 * 24],
  ])('%s, the %s of %s begins at %s', (zone, calendar, at, start, hours) => {
    const window = windowAt({ calendar }, zone, Date.parse(at))
    expect([iso(window.startMs), (window.endMs - window.startMs) / HOUR, window.rolling]).toEqual([start, hours, false])
  })

  test('windows follow each other without a gap, and hold the moment that asked', () => {
    const zones = fc.constantFrom(
      'UTC',
      'Europe/Paris',
      'America/Sao_Paulo',
      'America/Havana',
      'Australia/Lord_Howe',
      'Asia/Kolkata',
      'Pacific/Apia',
      'America/St_Johns',
    )
    const periods = fc.constantFrom<CalendarPeriod>('minute', 'hour', 'day', 'week', 'month')
    const moments = fc.integer({ min: Date.parse('2010-01-01'), max: Date.parse('2030-01-01') })
    fc.assert(
      fc.property(zones, periods, moments, (zone, calendar, atMs) => {
        const window = windowAt({ calendar }, zone, atMs)
        expect(window.startMs).toBeLessThanOrEqual(atMs)
        expect(window.endMs).toBeGreaterThan(atMs)
        expect(windowAt({ calendar }, zone, window.startMs)).toEqual(window)
        expect(windowAt({ calendar }, zone, window.endMs - 1)).toEqual(window)
        expect(windowAt({ calendar }, zone, window.endMs).startMs).toBe(window.endMs)
      }),
      { seed: 20_261_123, numRuns: 400 },
    )
  })
})

describe('periods as people write them', () => {
  test.each([
    ['day', { calendar: 'day' }],
    ['month', { calendar: 'month' }],
    ['10 minutes', { rollingMs: 600_000 }],
    ['1 day', { rollingMs: 86_400_000 }],
    ['1.5h', { rollingMs: 5_400_000 }],
    ['31 days', { rollingMs: 31 * 86_400_000 }],
    ['32 days', null],
    ['year', null],
    ['Day', null],
    ['0 minutes', null],
    ['-1 day', null],
    ['', null],
  ])('%j', (text, expected) => expect(parsePeriod(text)).toEqual(expected))

  test.each([
    ['90 seconds', 90_000],
    ['2m', 120_000],
    ['5 min', 300_000],
    [' 2 Hours ', 7_200_000],
    ['1d', 86_400_000],
    ['5', null],
    ['5 fortnights', null],
    ['1e3 s', null],
  ])('%j', (text, expected) => expect(parseDuration(text)).toBe(expected))

  test('a rolling window reaches as far ahead as back', () => {
    expect(windowAt({ rollingMs: 10 }, 'UTC', 100)).toEqual({ startMs: 90, endMs: 110, rolling: true })
  })

  test.each([
    ['Europe/Paris', true],
    ['UTC', true],
    ['Mars/Olympus', false],
    ['', false],
  ])('is %j a time zone: %s', (zone, expected) => expect(isTimeZone(zone)).toBe(expected))
})

describe('the clock on the wall', () => {
  it.each(['Europe/Paris', 'America/St_Johns', 'Australia/Lord_Howe', 'Asia/Kathmandu', 'Pacific/Apia', 'UTC'])(
    'is what the runtime says of %s, at any moment and in any order',
    (timeZone) => {
      const format = new Intl.DateTimeFormat('sv-SE', {
        timeZone,
        dateStyle: 'short',
        timeStyle: 'medium',
        hourCycle: 'h23',
      })
      const moments = fc.oneof(
        fc.integer({ min: Date.parse('2005-01-01Z'), max: Date.parse('2035-01-01Z') }),
        // Around the hours at which clocks are set.
        fc.integer({ min: Date.parse('2026-10-24T12:00Z'), max: Date.parse('2026-10-26T12:00Z') }),
        fc.integer({ min: Date.parse('2026-03-28T12:00Z'), max: Date.parse('2026-03-30T12:00Z') }),
      )
      fc.assert(
        fc.property(moments, (atMs) => {
          const shown = new Date(localTime(atMs, timeZone)).toISOString()
          expect(shown.slice(0, 19).replace('T', ' ')).toBe(format.format(atMs))
          expect(shown.slice(20, 23)).toBe(new Date(atMs).toISOString().slice(20, 23))
        }),
        { numRuns: 400 },
      )
    },
  )
})
