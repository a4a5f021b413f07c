import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { BURN_WINDOW_MS, burnPerHour, capReachedAt } from '../../../../main/core/ledger/balances/burn-rate.ts'

const MINUTE = 60_000
const NOW = Date.parse('2026-11-23T12:00:00Z')

describe('the pace of spending', () => {
  it.each([
    ['nothing', 0, null, 0],
    ['the first call, a second ago, is spread over five minutes', 100, NOW - 1_000, 1_200],
    ['first call ten minutes ago', 100, NOW - 10 * MINUTE, 600],
    ['an old ledger', 100, NOW - 90 * MINUTE, 400],
  ])('%s', (_name, spent, firstMs, perHour) => expect(burnPerHour(spent, firstMs, NOW)).toBe(perHour))

  it('over hours with gaps: never rises while nothing is spent, and never exceeds what was spent in the window', () => {
    const story = fc.array(
      fc.record({
        gapMs: fc.oneof(fc.integer({ min: 1, max: 2 * MINUTE }), fc.integer({ min: 1, max: 180 * MINUTE })),
        nanos: fc.integer({ min: 0, max: 5_000_000_000 }),
      }),
      { minLength: 1, maxLength: 40 },
    )
    fc.assert(
      fc.property(story, (steps) => {
        const calls: { atMs: number; nanos: number }[] = []
        let atMs = NOW
        for (const { gapMs, nanos } of steps) calls.push({ atMs: (atMs += gapMs), nanos })
        const paceAt = (nowMs: number) => {
          const recent = calls.filter((call) => call.atMs >= nowMs - BURN_WINDOW_MS && call.atMs <= nowMs)
          const spent = recent.reduce((sum, { nanos }) => sum + nanos, 0)
          const pace = burnPerHour(spent, calls[0]!.atMs, nowMs)
          // The fixed window is the exact pace; a young ledger may show up to three times that.
          expect(pace).toBeGreaterThanOrEqual(Math.floor(spent * (3_600_000 / BURN_WINDOW_MS)))
          expect(pace).toBeLessThanOrEqual(Math.ceil(spent * 12))
          return pace
        }
        for (let index = 0; index < calls.length; index += 1) {
          const untilMs = calls[index + 1]?.atMs ?? calls[index]!.atMs + 60 * MINUTE
          let before = Number.POSITIVE_INFINITY
          for (let nowMs = calls[index]!.atMs; nowMs < untilMs; nowMs += MINUTE) {
            const pace = paceAt(nowMs)
            expect(pace).toBeLessThanOrEqual(before)
            before = pace
          }
        }
        expect(paceAt(calls.at(-1)!.atMs + BURN_WINDOW_MS + 1)).toBe(0)
      }),
    )
  })

  it.each([
    [1_000, 1_000, NOW + 120 * MINUTE, NOW + 60 * MINUTE],
    [1_000, 1_000, NOW + 30 * MINUTE, null],
    [1_000, 0, NOW + 30 * MINUTE, null],
    [0, 0, NOW + 30 * MINUTE, null],
    [0, 1_000, NOW + 30 * MINUTE, null],
  ])('%i left at %i an hour', (left, perHour, endsMs, expected) =>
    expect(capReachedAt(left, perHour, NOW, endsMs)).toBe(expected),
  )
})
