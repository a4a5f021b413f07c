import { describe, expect, test } from 'vitest'
import { benchmark } from '../../fixtures/agents/honest/benchmark.ts'
import { personChat } from '../../fixtures/agents/honest/person-chat.ts'
import { pollWithWaiting } from '../../fixtures/agents/honest/poll.ts'
import { reread } from '../../fixtures/agents/honest/reread.ts'
import type { Kind } from '../../fixtures/agents/kind.ts'
import { play } from '../../fixtures/agents/play.ts'
import { failingEdit } from '../../fixtures/agents/runaway/failing-edit.ts'
import { forgets } from '../../fixtures/agents/runaway/forgets.ts'
import { timingOnly } from '../../fixtures/agents/runaway/timing-only.ts'
import { trimmedHistory } from '../../fixtures/agents/runaway/trimmed.ts'

// Agents that act by themselves, in a folder that is really there. All kinds: test/bench/agents.ts.

const LAST_ROUND = 6

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
