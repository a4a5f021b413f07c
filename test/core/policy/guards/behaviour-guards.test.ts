import { describe, expect, test } from 'vitest'
import type { RuleBase } from '../../../../shared/rules/policy.ts'
import { type GuardFacts, NO_WORKLOAD } from '../../../../main/core/policy/decision/facts.ts'
import { guardNamed } from '../../../../main/core/policy/guards/registry.ts'
import { parseRules } from '../../../../main/core/policy/document/parse-policy.ts'
import { createWorld } from '../../../support/load/agent-calls.ts'
import { at, check } from './check-guard.ts'

describe('quiet-hours', () => {
  const NIGHT = { from: '22:00', to: '06:00' }
  test.each<[string, Record<string, unknown>, string, boolean]>([
    // Paris is an hour ahead of UTC in November.
    ['before', NIGHT, '2026-11-23T20:59:59Z', false],
    ['from the first minute', NIGHT, '2026-11-23T21:00:00Z', true],
    ['past midnight', NIGHT, '2026-11-24T00:00:00Z', true],
    ['to the last', NIGHT, '2026-11-24T04:59:59Z', true],
    ['after', NIGHT, '2026-11-24T05:00:00Z', false],
    ['within a day', { from: '12:00', to: '13:00' }, '2026-11-23T11:30:00Z', true],
    ['the whole day', { from: '00:00', to: '00:00' }, '2026-11-23T11:30:00Z', true],
    ['a night that began on its day', { ...NIGHT, days: ['monday'] }, '2026-11-24T02:00:00Z', true],
    ['the night after', { ...NIGHT, days: ['monday'] }, '2026-11-24T22:00:00Z', false],
  ])('%s', (_name, options, time, quiet) => {
    expect(check('quiet-hours', options, at(time)) !== null).toBe(quiet)
  })
})

test('orphan gives a process some time to end', () => {
  const gone = (orphanedSinceMs: number | null) => ({
    ...at('2026-11-23T12:00:00Z'),
    workload: { ...NO_WORKLOAD, orphanedSinceMs },
  })
  const now = Date.parse('2026-11-23T12:00:00Z')
  expect(check('orphan', {}, gone(null))).toBeNull()
  expect(check('orphan', {}, gone(now - 119_000))).toBeNull()
  expect(check('orphan', {}, gone(now - 120_000))).toMatchObject({
    code: 'orphan',
    advice: expect.stringContaining('process 7'),
  })
})

describe('among the recent calls', () => {
  const world = createWorld()
  const rule = (guard: string, options: Record<string, unknown>) =>
    parseRules([{ id: 'x', guard, ...options }]).rules[0] as RuleBase
  const run = (guard: string, options: Record<string, unknown>, facts: GuardFacts) =>
    guardNamed(guard)?.check(facts, rule(guard, options))?.reason ?? null

  test('retry-storm: the same body, its own session alone', () => {
    for (let n = 0; n < 3; n += 1) world.answered(['user: a'], {}, { httpStatus: 429 })
    expect(run('retry-storm', { repeats: 3 }, world.next(['user: a']))).toContain('the same call has failed 3 times')
    expect(run('retry-storm', { repeats: 3 }, world.next(['user: b']))).toBeNull()
    expect(run('retry-storm', { repeats: 3 }, world.next(['user: a'], { session: 's2' }))).toBeNull()
  })

  test('retry-storm: a whole tree without one success; attempts of one call are one', () => {
    const tree = createWorld()
    for (let n = 0; n < 5; n += 1)
      for (let attempt = 0; attempt < 2; attempt += 1)
        tree.answered([`user: part ${n}`], { agent: `sub${n}` }, { httpStatus: 429 })
    expect(run('retry-storm', { repeats: 2, within: '5 minutes' }, tree.next(['user: new']))).toBeNull()
    tree.answered(['user: part 6'], {}, { httpStatus: 500 })
    expect(run('retry-storm', { repeats: 2, within: '5 minutes' }, tree.next(['user: new']))).toContain(
      '6 calls have failed without one success',
    )
    tree.answered(['user: part 7'])
    expect(run('retry-storm', { repeats: 2, within: '5 minutes' }, tree.next(['user: new']))).toBeNull()
  })

  test('fan-out: of one session, else of one process', () => {
    const parent = createWorld()
    for (let n = 0; n < 3; n += 1) parent.running([`user: ${n}`], { agent: `sub${n}`, pid: n })
    expect(run('fan-out', { limitParallel: 3 }, parent.next(['user: x']))).toContain('has 3 calls running side by side')
    expect(run('fan-out', { limitParallel: 4 }, parent.next(['user: x']))).toBeNull()
    expect(run('fan-out', { limitParallel: 3 }, parent.next(['user: x'], { session: 's2' }))).toBeNull()
    expect(run('fan-out', { limitParallel: 1 }, parent.next(['user: x'], { session: null, pid: 9 }))).toBeNull()
  })

  test('cache-miss-streak: long turns without a hit', () => {
    const turns = createWorld()
    const long = { quote: { inputTokens: 30_000 } }
    const answer = (cacheReadTokens: number) =>
      turns.answered(['user: a'], long, { contextTokens: 30_000, cacheReadTokens })
    for (let n = 0; n < 3; n += 1) answer(0)
    expect(run('cache-miss-streak', { repeats: 3 }, turns.next(['user: a'], long))).toContain(
      '3 times in a row, 90k tokens',
    )
    expect(run('cache-miss-streak', { repeats: 3 }, turns.next(['user: a']))).toBeNull()
    answer(29_000)
    expect(run('cache-miss-streak', { repeats: 3 }, turns.next(['user: a'], long))).toBeNull()
    for (let n = 0; n < 3; n += 1) answer(0)
    turns.pass(6 * 60_000)
    expect(run('cache-miss-streak', { repeats: 3 }, turns.next(['user: a'], long))).toBeNull()
  })
})
