import { describe, expect, test } from 'vitest'
import { loop } from '../../../../../main/core/policy/guards/behaviour/loop.ts'
import { createWorld } from '../../../../support/load/agent-calls.ts'
import { grow, START, times } from '../../../../support/load/growing.ts'

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

/** Goes up and down, as durations and process ids do. */
const dice = (n: number) => 100 + ((n * 37 + 11) % 97)
const WORDS = (
  'amber birch cedar delta ember fjord grove harbour island jasmine kelp lagoon meadow nectar ocean prairie quartz ' +
  'river summit tundra upland valley willow xylem yarrow zephyr acorn basalt canyon dune'
).split(' ')

describe('loops', () => {
  test('the same tool call with the same arguments and the same answer', () => {
    const found = play(
      grow(
        START,
        times(20, (n) => ['assistant!run_tests {"path":"."}', `tool: 1 failed, took ${dice(n)} ms at 12:00:${10 + n}`]),
      ),
    )
    // Noise in the answer is weaker evidence than none.
    expect(found).toEqual({
      at: 9,
      code: 'loop-detected',
      reason: 'codex in web (feat-x) has called run_tests with the same arguments 8 times, $0.0600 so far',
    })
  })

  test('the same failure of whatever is tried, where the tool itself says that it failed', () => {
    const found = play(
      grow(
        START,
        times(20, (n) => [`assistant!edit_file {"text":"try ${WORDS[n]}"}`, 'failed: old_string not found in app.ts']),
      ),
    )
    expect(found).toMatchObject({ at: 10, reason: expect.stringContaining('has met the same failure of edit_file') })
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
    expect(found).toMatchObject({
      at: 11,
      reason: expect.stringContaining('the same few things (read_file, list) 5 times over'),
    })
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
    // White space is nothing new: two things, each done five times over.
    expect(found?.at).toBeLessThanOrEqual(15)
    expect(found?.reason).toContain('the same few things (run_tests, edit)')
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
    expect(found).toMatchObject({ at: 6 })
  })

  test('a measurement repeated as fast as the model can ask', () => {
    const found = play(
      grow(
        START,
        times(40, (n) => ['assistant!bash {"command":"sh run.sh"}', `tool: ${9_000 + 30 * dice(n)} ops/s`]),
      ),
    )
    expect(found).toMatchObject({ at: 9 })
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
      times(60, (n) => ['system: s', `user: [2026-11-23T12:${10 + n}:00Z] attempt ${n + 1} of 100: fix the build`]),
    )
    // A counter may also be the number of a row: much weaker evidence.
    expect(found).toMatchObject({ at: 42, reason: expect.stringContaining('same prompt') })
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
        times(40, (n) => ['assistant!check_build {"id":7}', `tool: {"status":"running","progress":"${n * 2} %"}`]),
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
      times(30, (n) => ['system: s', `user: Summarise chapter ${n + 1} of the book`, `says: It tells of ${WORDS[n]}.`]),
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
      8_000,
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
      times(60, (n) => ['system: classify', `user: Your bill (${((n + 4) % 7) * 100 + n})`]),
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
        times(20, (n) => [`assistant: I have done ${WORDS[n]} and ${WORDS[n + 1]}`, 'user: continue']),
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
