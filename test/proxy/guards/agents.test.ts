import { describe, expect, test } from 'vitest'
import { benchmark } from '../../fixtures/agents/honest/code/benchmark.ts'
import { personChat } from '../../fixtures/agents/honest/reading/person-chat.ts'
import { pollWithWaiting } from '../../fixtures/agents/honest/waiting/poll.ts'
import { reread } from '../../fixtures/agents/honest/code/reread.ts'
import type { Kind } from '../../fixtures/agents/kind.ts'
import { play } from '../../fixtures/agents/play.ts'
import { failingEdit } from '../../fixtures/agents/runaway/stuck/failing-edit.ts'
import { forgets } from '../../fixtures/agents/runaway/forgetful/forgets.ts'
import { timingOnly } from '../../fixtures/agents/runaway/stuck/timing-only.ts'
import { trimmedHistory } from '../../fixtures/agents/runaway/forgetful/trimmed.ts'

// Agents that act by themselves, in a folder that is really there. All kinds: test/bench/agents.ts.

/** Noise in the answers is weaker evidence than none, and needs more rounds. */
const LAST_ROUND = 12

describe('honest agents come to their end untouched', () => {
  test.each<[Kind, string]>([
    [reread, 'openai-responses'],
    [pollWithWaiting, 'openai-chat'],
    [benchmark, 'genai'],
    [personChat, 'anthropic'],
  ])('$name by $1', async (kind, sdk) => {
    const life = await play(kind, sdk, 1)
    expect(life).toMatchObject({ touched: [], error: null, done: true })
  })
})

describe('runaways are stopped by the sixth round', () => {
  test.each<[Kind, string]>([
    [forgets, 'openai-responses'],
    [timingOnly, 'openai-chat'],
    [failingEdit, 'anthropic'],
    [trimmedHistory, 'genai'],
  ])('$name by $1', async (kind, sdk) => {
    const life = await play(kind, sdk, 1)
    expect(life?.touched).toEqual([{ code: 'loop: deny', reason: expect.stringContaining('times') }])
    expect(life?.round).toBeGreaterThan(1)
    expect(life?.round).toBeLessThanOrEqual(LAST_ROUND)
    expect(life?.error).toContain('Allowance')
  })
})
