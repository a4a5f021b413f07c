import { describe, expect, test } from 'vitest'
import { measuredSessions } from '../../../fixtures/recorded-sessions/sessions.ts'
import { judgeSession } from '../../../support/load/replay-session.ts'

/** Read and found to be stuck: the same edit that fails, and two rounds through the same six files. */
const STUCK = new Set([
  'swe-agent gpt-4o-mini java 16',
  'swe-agent gpt-4o-mini java 19',
  'swe-agent gpt-4o-mini java 26',
])

const sessions = measuredSessions().map((session) => ({ ...session, name: `${session.source} ${session.session}` }))
const honest = sessions.filter(({ name }) => !STUCK.has(name))
const stuck = sessions.filter(({ name }) => STUCK.has(name))
const touched = (repeats: number) => honest.filter(({ steps }) => judgeSession(steps, repeats) !== null)

/** What each session was measured to be stands in the fixture; the decision is made anew (test/bench/trajectories.ts). */
describe('recorded sessions of real agents', () => {
  test('come from many sources', () => {
    expect(sessions.length).toBeGreaterThan(700)
    expect(new Set(sessions.map(({ source }) => source)).size).toBeGreaterThan(20)
  })

  test('at most one honest session in two hundred is touched', () => {
    expect(touched(5).length).toBeLessThanOrEqual(honest.length / 200)
    expect(touched(3).length).toBeLessThanOrEqual(honest.length / 100)
  })

  test('those that are stuck are found while calls are still to come', () => {
    expect(stuck).toHaveLength(STUCK.size)
    for (const { name, steps } of stuck) expect(judgeSession(steps, 5)?.left, name).toBeGreaterThan(3)
  })
})
