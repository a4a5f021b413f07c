import { describe, expect, test } from 'vitest'
import { loop } from '../../../../../main/core/policy/guards/behaviour/loop.ts'
import { createWorld } from '../../../../support/load/agent-calls.ts'
import { grow, START, times } from '../../../../support/load/growing.ts'

const RULE = loop.schema.parse({ id: 'loop', guard: 'loop', repeats: 5, within: '5 minutes', action: 'ask' })

describe('who is stopped', () => {
  function looping() {
    const world = createWorld()
    for (const lines of grow(
      START,
      times(4, () => ['assistant!run_tests {}', 'tool: 1 failed']),
    ))
      world.answered(lines)
    return {
      world,
      again:
        grow(
          START,
          times(5, () => ['assistant!run_tests {}', 'tool: 1 failed']),
        ).at(-1) ?? [],
    }
  }

  test('the thread that loops, not another session', () => {
    const { world, again } = looping()
    expect(loop.check(world.next(again), RULE)).not.toBeNull()
    expect(loop.check(world.next(again, { session: 's2', conversation: 'c2' }), RULE)).toBeNull()
  })

  test('not when it does something else', () => {
    const { world, again } = looping()
    expect(loop.check(world.next([...again, 'assistant: what now?', 'user: try the linter instead']), RULE)).toBeNull()
  })

  test('not after it was resumed', () => {
    const { world, again } = looping()
    const facts = world.next(again)
    expect(loop.check({ ...facts, workload: { ...facts.workload, resumedAtMs: world.nowMs } }, RULE)).toBeNull()
  })

  test('not when the repetitions lie further apart than the rule looks', () => {
    const { world, again } = looping()
    world.pass(6 * 60_000)
    expect(loop.check(world.next(again), RULE)).toBeNull()
  })
})

describe('money sets the stakes', () => {
  const again = (count: number) =>
    grow(
      START,
      times(count, () => ['assistant!run_tests {}', 'tool: 1 failed']),
    )

  /** What a rule says after so many repetitions of a cent each. */
  function says(rule: Record<string, unknown>, repetitions: number, dayCapNanos: number | null = null) {
    const world = createWorld()
    const requests = again(repetitions + 1)
    for (const lines of requests.slice(0, -1)) world.answered(lines)
    const facts = world.next(requests.at(-1) ?? [])
    const parsed = loop.schema.parse({ id: 'loop', guard: 'loop', ...rule })
    return loop.check({ ...facts, workload: { ...facts.workload, dayCapNanos } }, parsed)
  }

  test('without an amount the action is taken at once', () => {
    expect(says({ action: 'deny' }, 6)?.verdict).toBe('deny')
    expect(says({}, 6)?.verdict).toBe('deny')
    expect(says({ action: 'ask' }, 6)?.steering).toBeUndefined()
  })

  test('below the amount it warns and tells the agent, then asks, then refuses', () => {
    const rule = { action: 'deny', afterUsd: '0.10' }
    expect(says(rule, 6)).toMatchObject({
      verdict: 'warn',
      steering:
        '[Allowance] Nothing new has come of your last calls of run_tests. Try something else, or report what is in the way.',
    })
    expect(says(rule, 13)?.verdict).toBe('ask')
    expect(says(rule, 25)?.verdict).toBe('deny')
    expect(says({ ...rule, action: 'ask' }, 25)?.verdict).toBe('ask')
    expect(says({ ...rule, action: 'warn' }, 25)?.verdict).toBe('warn')
  })

  test('evidence that comes late is a question first, and a refusal once as much again was burnt', () => {
    const rule = { action: 'deny', afterUsd: '0.02' }
    expect([4, 5, 6, 7].map((repetitions) => says(rule, repetitions)?.verdict)).toEqual(['ask', 'ask', 'deny', 'deny'])
  })

  test("the amount may be a share of the day's cap", () => {
    const rule = { action: 'ask', afterUsd: '1%' }
    expect(says(rule, 13)?.verdict).toBe('ask')
    expect(says(rule, 13, 100_000_000_000)?.verdict).toBe('warn')
    expect(says(rule, 6, 1_000_000_000)?.verdict).toBe('ask')
    expect(loop.describe(loop.schema.parse({ id: 'l', guard: 'loop', ...rule }))).toContain("1% of the day's cap")
  })

  test('waiting is given time until it has become expensive', () => {
    const waits = grow(
      START,
      times(80, () => ['assistant!build_status {"id":7}', 'tool: {"status":"pending"}']),
    )
    // A cent a look: fifty cents are worth a question.
    const long = loop.schema.parse({ id: 'loop', guard: 'loop', within: '1 hour' })
    const world = createWorld()
    const at = waits.findIndex((lines) => {
      if (loop.check(world.next(lines), long)) return true
      world.answered(lines)
      world.pass(20_000)
      return false
    })
    expect(at).toBeGreaterThan(50)
    expect(at).toBeLessThan(56)
  })
})
