import { describe, expect, test } from 'vitest'
import { type CurveFrame, spendCurve } from '../../../../renderer/derive/spend/spend-curve.ts'

const HOUR = 3_600_000
const START = Date.UTC(2026, 10, 23, 0)
const frame: CurveFrame = {
  startMs: START,
  endMs: START + 24 * HOUR,
  nowMs: START + 10.5 * HOUR,
  burnUsdPerHour: '0',
  limitUsd: null,
}
const hours = (seconds: number[]) => seconds.map((second) => (second * 1_000 - START) / HOUR)
const series = (costs: Record<number, string>) => ({
  stepMs: HOUR,
  points: Array.from({ length: 11 }, (_, hour) => ({
    at: new Date(START + hour * HOUR).toISOString(),
    costUsd: costs[hour] ?? '0',
  })),
})

describe('the day as a curve', () => {
  test('adds up, and begins an hour before the first call', () => {
    const curve = spendCurve(series({ 8: '1.50', 9: '0.25' }), frame)
    expect(hours(curve.seconds)).toEqual([7, 8, 9, 10, 10.5])
    expect(curve.total).toEqual([0, 0, 1.5, 1.75, 1.75])
    expect(curve.steps).toEqual([null, 0, 1.5, 0.25, 0])
  })

  test('is strictly ordered in time, as the plot demands', () => {
    const { seconds } = spendCurve(series({ 0: '1', 10: '1' }), frame)
    expect(seconds.every((second, index) => index === 0 || second > seconds[index - 1]!)).toBe(true)
  })

  test('goes on at the present pace to the end of the window', () => {
    const curve = spendCurve(series({ 9: '1.00' }), { ...frame, burnUsdPerHour: '0.20' })
    expect(curve.forecast.at(-1)).toBeCloseTo(1 + 0.2 * 13.5)
    expect(hours(curve.seconds).at(-1)).toBe(24)
  })

  test('ends where it meets the cap', () => {
    const curve = spendCurve(series({ 9: '1.00' }), { ...frame, burnUsdPerHour: '2.00', limitUsd: '5.00' })
    expect(curve.forecast.at(-1)).toBe(5)
    expect(hours(curve.seconds).at(-1)).toBeCloseTo(12.5)
  })

  test('has no future once the cap is reached', () => {
    const curve = spendCurve(series({ 9: '5.00' }), { ...frame, burnUsdPerHour: '2.00', limitUsd: '5.00' })
    expect(hours(curve.seconds).at(-1)).toBe(10.5)
  })

  test('is a short flat line before anything happened', () => {
    const curve = spendCurve({ stepMs: HOUR, points: [] }, frame)
    expect(curve.total).toEqual([0, 0])
    expect(hours(curve.seconds)).toEqual([9.5, 10.5])
  })

  test('counts nothing of another day', () => {
    const other = {
      stepMs: HOUR,
      points: [
        { at: new Date(START - 2 * HOUR).toISOString(), costUsd: '9' },
        { at: new Date(START + 9 * HOUR).toISOString(), costUsd: '1' },
      ],
    }
    expect(spendCurve(other, frame).total.at(-1)).toBe(1)
  })
})
