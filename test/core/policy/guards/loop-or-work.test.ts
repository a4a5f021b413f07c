import { describe, expect, test } from 'vitest'
import { loop } from '../../../../main/core/policy/guards/behaviour/loop.ts'
import { createWorld } from '../../../support/load/agent-calls.ts'

const RULE = loop.schema.parse({ id: 'loop', guard: 'loop', repeats: 5, within: '5 minutes', action: 'deny' })

/** At which request the guard spoke, from 1; null when it never did. Each is made as soon as the one before is answered. */
function stoppedAt(requests: readonly (readonly string[])[], gapMs = 100): number | null {
  const world = createWorld()
  for (const [index, lines] of requests.entries()) {
    if (loop.check(world.next(lines), RULE)) return index + 1
    world.answered(lines)
    world.pass(gapMs)
  }
  return null
}

const times = <T>(count: number, make: (index: number) => T) => Array.from({ length: count }, (_, index) => make(index))
const START = ['system: you are an agent', 'user: get it done']
/** The history grows by what `turn` adds. */
const growing = (count: number, turn: (index: number) => string[]) =>
  times(count + 1, (index) => [...START, ...times(index, turn).flat()])
const dice = (index: number) => (index * 37 + 11) % 100

describe('pairs that look alike: one is work, the other a loop', () => {
  test.each([
    [
      'a position that moves',
      growing(12, (n) => ['assistant!step {"to":"right"}', `tool: position (${n * 4}, 4)`]),
      null,
    ],
    ['a position that jitters', growing(12, (n) => ['assistant!step {"to":"right"}', `tool: at ${dice(n)} of 9`]), 9],
    [
      'a process id that changes',
      growing(12, (n) => ['assistant!ps {}', `tool: ok, pid ${4_000 + dice(n)}, took ${n} ms`]),
      6,
    ],
    [
      'a log in which the same goes on',
      growing(12, (n) => [
        'assistant!bash {"command":"tail -n 4 app.log"}',
        `tool: 10:${10 + n * 3}:07 GET /health 200`,
      ]),
      null,
    ],
    [
      'days that are asked about one after the other',
      growing(12, (n) => [`assistant!slots {"date":"2026-11-${10 + n}"}`, 'tool: fully booked']),
      null,
    ],
    [
      'searches for other words that find nothing',
      growing(12, (n) => [`assistant!search {"q":"word${'abcdefghijkl'[n]}"}`, 'tool: no results']),
      null,
    ],
    [
      'more and more of something',
      growing(12, (n) => [`assistant: part ${'x'.repeat(n + 1)}`, 'user: please write the next section']),
      null,
    ],
  ])('%s: %#', (_name, requests, expected) => {
    expect(stoppedAt(requests)).toBe(expected)
  })

  test('a person who says the same takes time for it', () => {
    const turns = growing(12, (n) => [`assistant: sorry ${'x'.repeat(n + 1)}`, 'user: that is still wrong'])
    expect(stoppedAt(turns, 4_000)).toBeNull()
  })

  test('five samples of one question are a method, six a loop', () => {
    const sample = ['user: how many r are in strawberry']
    expect(stoppedAt(times(5, () => sample))).toBeNull()
    expect(stoppedAt(times(6, () => sample))).toBe(6)
  })

  test('a question under other system prompts is another question', () => {
    expect(
      stoppedAt(times(10, (n) => [`system: you are a ${'abcdefghij'[n]} tutor`, 'user: explain recursion'])),
    ).toBeNull()
  })

  test('a word that comes again among many others is a row like them', () => {
    const rows = times(30, (n) => [`user: rate this message: ${n % 4 === 0 ? 'thanks' : `word ${'x'.repeat(n)}`}`])
    expect(stoppedAt(rows)).toBeNull()
  })
})
