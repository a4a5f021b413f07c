import { expect, test } from 'vitest'
import { capPresets } from '../../../../renderer/derive/caps/cap-presets.ts'

const dayOf = (at: string) => at.slice(0, 10)
const series = (...days: [day: number, usd: string][]) => ({
  stepMs: 3_600_000,
  points: days.map(([day, costUsd]) => ({ at: `2026-11-${String(day).padStart(2, '0')}T10:00:00Z`, costUsd })),
})
const presets = (...days: [number, string][]) => capPresets(series(...days), dayOf, '2026-11-23')

test('a usual day and the peak day, rounded up to what people write', () => {
  expect(presets([18, '1.10'], [19, '3.32'], [20, '7.01'], [21, '2.00'], [22, '2.70'])).toEqual([
    { amountUsd: '3', because: 'a usual day' },
    { amountUsd: '8', because: 'your peak day' },
  ])
})

test('hours of a day are one day, and days without spend are none', () => {
  expect(presets([20, '1.00'], [20, '1.30'], [21, '0'], [22, '2.20'])).toEqual([
    { amountUsd: '2.50', because: 'a usual day' },
  ])
})

test('today counts only while there is no other day, because it is not over', () => {
  expect(presets([22, '1.00'], [23, '90.00']).map(({ amountUsd }) => amountUsd)).toEqual(['1'])
  expect(presets([23, '0.0004'])).toEqual([{ amountUsd: '0.01', because: 'the day so far on record' }])
})

test('no number is made up where nothing was spent', () => {
  expect(presets()).toEqual([])
  expect(presets([20, '0'])).toEqual([])
  expect(capPresets(null, dayOf, '2026-11-23')).toEqual([])
})
