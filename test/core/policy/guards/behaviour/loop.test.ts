import { describe, expect, test } from 'vitest'
import { loop } from '../../../../../main/core/policy/guards/behaviour/loop.ts'
import { createWorld } from '../../../../support/load/agent-calls.ts'

const RULE = loop.schema.parse({ id: 'loop', guard: 'loop', repeats: 5, within: '5 minutes', action: 'ask' })

/** Plays an agent's requests one after the other; at which of them the guard spoke (from 1), and what it said. */
function play(requests: readonly (readonly string[])[], gapMs: number | ((turn: number) => number) = 0) {
  const world = createWorld()
  for (const [index, lines] of requests.entries()) {
    const facts = world.next(lines)
    const finding = loop.check(facts, RULE)
    if (finding) return { at: index + 1, reason: finding.reason, code: finding.code }
    world.answered(lines)
    world.pass(typeof gapMs === 'number' ? gapMs : gapMs(index))
  }
  return null
}

/** Each turn's history is the one before and what happened since. */
function grow(start: string[], turns: readonly (readonly string[])[]): string[][] {
  const requests = [start]
  for (const turn of turns) requests.push([...(requests.at(-1) ?? []), ...turn])
  return requests
}
const times = <T>(count: number, make: (index: number) => T) => Array.from({ length: count }, (_, index) => make(index))
const START = ['system: you are an agent', 'user: make the tests pass']

describe('loops', () => {
  test('the same tool call with the same arguments and the same answer', () => {
    const found = play(
      grow(
        START,
        times(20, (n) => ['assistant!run_tests {"path":"."}', `tool: 1 failed, took ${n + 2}.31 s at 12:00:${10 + n}`]),
      ),
    )
    expect(found).toEqual({
      at: 6,
      code: 'loop-detected',
      reason: 'codex in web/feat-x has called run_tests with the same arguments 5 times, $0.0400 so far',
    })
  })

  test('the same failure of whatever is tried', () => {
    const found = play(
      grow(
        START,
        times(20, (n) => [
          `assistant!edit_file {"text":"try ${'x'.repeat(n)}"}`,
          'tool: Error: old_string not found in app.ts',
        ]),
      ),
    )
    expect(found).toMatchObject({
      at: 6,
      reason: expect.stringContaining('has met the same failure of edit_file 5 times in a row'),
    })
  })

  test('a cycle of two steps', () => {
    const found = play(
      grow(
        START,
        times(40, (n) =>
          n % 2 === 0
            ? ['assistant!read_file {"path":"a"}', 'tool: const a = 1']
            : ['assistant!list {"path":"src"}', 'tool: a.ts b.ts'],
        ),
      ),
    )
    expect(found).toMatchObject({ at: 11, reason: expect.stringContaining('has gone through read_file, list 5 times') })
  })

  test('the same failure in an answer that is JSON, beside words of its own', () => {
    const found = play(
      grow(
        START,
        times(20, (n) => [
          'assistant!make {}',
          `tool: {"output":"compiling ${'x'.repeat(n)}\\nerror TS2304: cannot find name x"}`,
        ]),
      ),
    )
    expect(found).toMatchObject({ at: 6 })
  })

  test('what is done and undone between two looks at the same failure', () => {
    const steps = [
      ['assistant!run_tests {}', 'tool: FAIL expected 3 got 2'],
      ['assistant!edit {"text":"a\\n\\nb"}', 'tool: ok'],
      ['assistant!run_tests {}', 'tool: FAIL expected 3 got 2'],
      ['assistant!edit {"text":"a\\nb"}', 'tool: ok'],
    ]
    const found = play(
      grow(
        START,
        times(40, (n) => steps[n % 4] ?? []),
      ),
    )
    // The request that tells of the sixth look.
    expect(found).toMatchObject({
      at: 12,
      reason: expect.stringContaining('the same few things (run_tests, edit) over and over, the last of them 6 times'),
    })
  })

  test('the same few looks in any order', () => {
    const orders = [0, 1, 2, 1, 0, 2, 2, 0, 1, 0, 2, 1, 1, 2, 0, 2, 1, 0, 0, 1, 2]
    const found = play(
      grow(
        START,
        orders.map((n) => [`assistant!grep {"pattern":"Gateway${'y'.repeat(n)}"}`, 'tool: (nothing)']),
      ),
    )
    expect(found).toMatchObject({
      code: 'loop-detected',
      reason: expect.stringContaining('the same few things (grep)'),
    })
    expect(found?.at).toBeLessThanOrEqual(19)
  })

  test('looks at what does not change, as fast as the model can ask', () => {
    const found = play(
      grow(
        START,
        times(40, () => ['assistant!get {"url":"/deploy/7"}', 'tool: {"status":"pending"}']),
      ),
    )
    // That the model thinks in between is no pause: three times the patience, then it is over.
    expect(found).toMatchObject({ at: 16 })
  })

  test('a measurement that is never over', () => {
    const found = play(
      grow(
        START,
        times(40, (n) => ['assistant!bash {"command":"sh run.sh"}', `tool: ${9_000 + n * 37} ops/s`]),
      ),
    )
    expect(found).toMatchObject({ at: 16 })
  })

  test('a cycle of measurements that say the same each time', () => {
    const found = play(
      grow(
        START,
        times(60, (n) => [
          `assistant!bash {"command":"npm run bench ${n % 2 ? 'read' : 'parse'}"}`,
          `tool: ${(n % 2) + 7} ops/s`,
        ]),
      ),
    )
    expect(found).toMatchObject({ at: 11 })
  })

  test('a measurement that says the same each time', () => {
    const found = play(
      grow(
        START,
        times(40, () => ['assistant!bash {"command":"npm run bench"}', 'tool: 9000 ops/s']),
      ),
    )
    expect(found).toMatchObject({ at: 6 })
  })

  test('a prompt that does not grow', () => {
    expect(play(times(9, () => START))).toMatchObject({
      at: 6,
      reason: expect.stringContaining('has sent the same prompt 5 times'),
    })
  })

  test('prompts that differ by a counter and a time alone', () => {
    const found = play(
      times(20, (n) => ['system: s', `user: [2026-11-23T12:00:${10 + n}Z] attempt ${n + 1} of 100: fix the build`]),
    )
    expect(found).toMatchObject({ at: 6, reason: expect.stringContaining('same prompt') })
  })

  test('the same arguments but for a counter of its own', () => {
    const found = play(
      grow(
        START,
        times(20, (n) => [`assistant!fetch {"attempt":${n},"url":"http://x"}`, 'tool: {"rows":[]}']),
      ),
    )
    expect(found).toMatchObject({ at: 6 })
  })
})

describe('honest work', () => {
  const honest: [string, readonly (readonly string[])[], (number | ((turn: number) => number))?][] = [
    [
      'a long refactor',
      grow(
        START,
        times(60, (n) => [`assistant!edit {"file":"f${n}.ts"}`, 'tool: ok']),
      ),
    ],
    [
      'a test that fails again after every change',
      grow(
        START,
        times(40, (n) =>
          n % 2 === 0
            ? ['assistant!run_tests {}', 'tool: FAIL app.test.ts expected 1 got 2']
            : [`assistant!edit {"text":"change ${n}"}`, 'tool: ok'],
        ),
      ),
    ],
    [
      'polling that sees progress',
      grow(
        START,
        times(40, (n) => ['assistant!check_build {"id":7}', `tool: {"status":"running","progress":"${n} %"}`]),
      ),
    ],
    [
      'polling with a pause, without progress',
      grow(
        START,
        times(50, () => ['assistant!build_status {"id":7}', 'tool: {"status":"pending"}']),
      ),
      5_000,
    ],
    [
      'polling that backs off',
      grow(
        START,
        times(9, () => ['assistant!get {"url":"/deploy/7"}', 'tool: {"state":"new"}']),
      ),
      (n) => 1_000 * 2 ** n,
    ],
    [
      'one question about each of many texts',
      times(30, (n) => ['system: s', `user: Summarise: ${'lorem '.repeat(n + 1)}`]),
    ],
    [
      'one question about each numbered piece',
      times(30, (n) => ['system: s', `user: Summarise chapter ${n + 1} of the book`]),
    ],
    [
      'a measurement repeated, changed, and repeated',
      grow(
        START,
        times(24, (n) =>
          n === 12
            ? ['assistant!edit {"text":"faster"}', 'tool: ok']
            : ['assistant!bash {"command":"npm run bench"}', `tool: mean ${(n * 7919) % 97} ops/s`],
        ),
      ),
    ],
    [
      'tries of which each is new, between looks at the same failure',
      grow(
        START,
        times(60, (n) =>
          n % 2 === 0
            ? ['assistant!run_tests {}', 'tool: FAIL expected 3 got 2']
            : [`assistant!edit {"text":"try ${'x'.repeat(n)}"}`, 'tool: ok'],
        ),
      ),
    ],
    [
      'pictures of a page that moves',
      grow(
        START,
        times(20, (n) => ['assistant!scroll {"by":"page"}', `picture: ${10_000 + n * 31}`]),
      ),
    ],
    [
      'rows that are alike but for their number, among others',
      times(60, (n) => [
        'system: classify',
        `user: ${['Your invoice', 'You won', 'Lunch?', 'Build failed'][n % 4]} (${1000 + n})`,
      ]),
    ],
    [
      'rows of numbers that go up for a while',
      times(60, (n) => ['system: classify', `user: Your bill (${((n + 11) % 13) * 100 + n})`]),
    ],
    [
      'an agent that a clock starts every half minute',
      times(40, (n) => ['system: s', 'user: is the queue empty?', ...(n % 2 ? ['assistant!ls {}', 'tool: 0'] : [])]),
      (n) => (n % 2 ? 30_000 : 0),
    ],
    [
      'rows of numbers',
      times(30, (n) => ['system: s', `user: Is this normal: ${(n * 7919) % 97} ${(n * 104729) % 89}`]),
    ],
    [
      '"go on" after different answers',
      grow(
        START,
        times(20, (n) => [`assistant: I have done ${'step '.repeat(n + 1)}`, 'user: continue']),
      ),
    ],
    [
      'pages of a list',
      grow(
        START,
        times(20, (n) => [
          'assistant!next_page {}',
          `tool: ${['red', 'green', 'blue', 'grey'][n % 4]} ${'x'.repeat(n)}`,
        ]),
      ),
    ],
  ]
  test.each(honest)('%s', (_name, requests, gapMs = 0) => {
    expect(play(requests, gapMs)).toBeNull()
  })

  test('the same prompt side by side', () => {
    const world = createWorld()
    for (let n = 0; n < 12; n += 1) {
      expect(loop.check(world.next(START), RULE)).toBeNull()
      world.running(START)
    }
  })
})

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
