import { describe, expect, test } from 'vitest'
import { loop } from '../../../../../main/core/policy/guards/behaviour/loop.ts'
import { createWorld } from '../../../../support/load/agent-calls.ts'
import { grow, START, times } from '../../../../support/load/growing.ts'
import { seeded } from '../../../../support/providers/unkind.ts'

/** Who acts on a state is told little, in the same words: only the numbers say that something comes of it. */
const RULE = loop.schema.parse({ id: 'loop', guard: 'loop', repeats: 5, within: '5 minutes', action: 'deny' })

function stoppedAt(turns: string[][]): number | null {
  const world = createWorld()
  for (const [index, lines] of grow(START, turns).entries()) {
    if (loop.check(world.next(lines), RULE)) return index
    world.answered(lines)
    world.pass(100)
  }
  return null
}

const WAYS = { north: [0, -1], south: [0, 1], west: [-1, 0], east: [1, 0] } as const
type Way = keyof typeof WAYS

/** Walks that way each time; `wall` says in other words that nothing came of it. */
function walk(ways: Way[], isWall: (x: number, y: number) => boolean = () => false): string[][] {
  let at: [number, number] = [8, 8]
  return ways.map((way) => {
    const next: [number, number] = [at[0] + WAYS[way][0], at[1] + WAYS[way][1]]
    const wall = isWall(...next)
    if (!wall) at = next
    return [`assistant!move {"to":"${way}"}`, wall ? 'tool: wall' : `tool: you are at ${at[0]}, ${at[1]}`]
  })
}

describe('a walk through a maze', () => {
  // Straight on for long it says no more than a counter of steps would.
  test.each(times(12, (seed) => seed))('that goes where it was not yet, seed %i', (seed) => {
    const random = seeded(seed * 31 + 5)
    const ways = times(12, (leg) => {
      const way: Way = leg % 2 === 1 ? 'south' : leg % 4 === 0 ? 'east' : 'west'
      return times(1 + Math.floor(random() * 3), () => way)
    }).flat()
    expect(stoppedAt(walk(ways))).toBeNull()
  })

  test('that goes to and fro between two places', () => {
    const stopped = stoppedAt(walk(times(30, (step) => (step % 2 === 0 ? 'north' : 'south'))))
    expect(stopped).toBeGreaterThanOrEqual(5)
    expect(stopped).toBeLessThanOrEqual(14)
  })

  test('that runs against the same wall', () => {
    expect(
      stoppedAt(
        walk(
          times(12, () => 'north'),
          () => true,
        ),
      ),
    ).toBe(5)
  })

  test('whose numbers are noise, whatever is done', () => {
    const random = seeded(3)
    const ways: Way[] = ['north', 'south', 'east', 'west']
    const turns = times(60, (step) => [
      `assistant!check {"at":"${ways[step % 4]}"}`,
      `tool: ok in ${Math.floor(random() * 900)} ms`,
    ])
    expect(stoppedAt(turns)).not.toBeNull()
  })
})
