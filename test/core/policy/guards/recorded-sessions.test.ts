import { describe, expect, test } from 'vitest'
import { isStuck, measuredSessions } from '../../../fixtures/recorded-sessions/sessions.ts'
import { judgeSession, judgeStages, medianAnd95 } from '../../../support/load/replay-session.ts'

const sessions = measuredSessions()
const honest = sessions.filter((session) => !isStuck(session))
const stuck = sessions.filter(isStuck)
const spokenIn = (some: typeof sessions, repeats: number) =>
  some.filter(({ steps }) => judgeSession(steps, repeats) !== null).length

/** What each step was measured to be stands in the fixture; the decision is made anew (test/bench/trajectories.ts). */
describe('recorded sessions of real agents', () => {
  test('come from many sources', () => {
    expect(sessions.length).toBeGreaterThan(1_000)
    expect(new Set(sessions.map(({ source }) => source)).size).toBeGreaterThan(50)
  })

  test('fewer than one honest session in two hundred is touched', () => {
    expect(spokenIn(honest, 5)).toBeLessThan(honest.length / 200)
  })

  test('of those that are stuck, nineteen in twenty are found', () => {
    expect(stuck.length).toBeGreaterThan(20)
    expect(spokenIn(stuck, 5)).toBeGreaterThanOrEqual(stuck.length * 0.95)
  })

  test('with a share of the cap as its stake, those that are stuck are asked about before a dollar is burnt', () => {
    const asked = stuck.flatMap(({ steps }) => judgeStages(steps, 5).ask?.burntUsd ?? [])
    // One is not found, and one had burnt no more than six cents when it ended.
    expect(asked.length).toBeGreaterThanOrEqual(stuck.length - 2)
    expect(medianAnd95(asked)[1]).toBeLessThanOrEqual(1)
  })

  test('and of the honest ones fewer than one in two hundred gets further than a notice', () => {
    const asked = honest.filter(({ steps }) => judgeStages(steps, 5).ask !== undefined)
    expect(asked.length).toBeLessThan(honest.length / 200)
  })
})
