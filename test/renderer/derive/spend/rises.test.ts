import { describe, expect, test } from 'vitest'
import { riseAt, risesOf } from '../../../../renderer/derive/spend/rises.ts'

const STEP_MS = 900_000
const series = {
  stepMs: STEP_MS,
  points: ['0', '0.10', '0', '0.20', '0.30'].map((costUsd, index) => ({
    at: new Date(index * STEP_MS).toISOString(),
    costUsd,
  })),
}

describe('the rises of a chart', () => {
  test('are the steps in which something was spent, up to now', () => {
    expect(risesOf(series, 0, 3.5 * STEP_MS)).toEqual([
      { fromMs: STEP_MS, untilMs: 2 * STEP_MS, costUsd: '0.10' },
      { fromMs: 3 * STEP_MS, untilMs: 4 * STEP_MS, costUsd: '0.20' },
    ])
    expect(risesOf(series, 2 * STEP_MS, 9 * STEP_MS)).toHaveLength(2)
    expect(risesOf(null, 0, 0)).toEqual([])
  })

  test('are found by a moment in them: their beginning counts, their end is the next one’s', () => {
    const rises = risesOf(series, 0, 9 * STEP_MS)
    expect(riseAt(rises, 3 * STEP_MS)?.costUsd).toBe('0.20')
    expect(riseAt(rises, 4 * STEP_MS)?.costUsd).toBe('0.30')
    expect(riseAt(rises, 2 * STEP_MS)).toBeNull()
  })
})
