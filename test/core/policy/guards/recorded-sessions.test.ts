import { describe, expect, test } from 'vitest'
import { measuredSessions } from '../../../fixtures/recorded-sessions/sessions.ts'
import { judgeSession, longestStaleRun } from '../../../support/load/replay-session.ts'

/** Twenty calls or more without anything new: stuck, but for an agent that waits for a benchmark. */
const STUCK_RUN = 20
const WAITS = 'codex token-costs 1'
/** Shorter runs that were read: the same edit, or the same two commands, until the money was gone. */
const READ_AS_STUCK = new Set([
  'mlgym gpt4o2 10',
  'swe-agent java deepseek-chat-v2 7',
  'swe-agent java deepseek-chat-v2 9',
  'swe-agent java deepseek-chat-v2 14',
  'swe-agent java gpt-4o-mini-2024-07-18 7',
  'swe-agent java gpt-4o-mini-2024-07-18 13',
  'swe-agent java gpt-4o-mini-2024-07-18 16',
])

const sessions = measuredSessions().map((session) => ({ ...session, name: `${session.source} ${session.session}` }))
const isStuck = ({ name, steps }: (typeof sessions)[number]) =>
  READ_AS_STUCK.has(name) || (longestStaleRun(steps) >= STUCK_RUN && name !== WAITS)
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
})
