import { describe, expect, test } from 'vitest'
import { NO_WORKLOAD } from '../../../../main/core/policy/decision/facts.ts'
import { type CallerChanges, createWorld } from '../../../support/load/agent-calls.ts'
import { check } from './check-guard.ts'

describe('one call', () => {
  test.each<[string, string, Record<string, unknown>, CallerChanges, string | null]>([
    ['usual output fits', 'call-cap', { limitUsd: '0.05' }, {}, null],
    ['usual output does not', 'call-cap', { limitUsd: '0.02' }, {}, 'call-cap'],
    [
      'its own maximum is taken at its word',
      'call-cap',
      { limitUsd: '0.05' },
      { quote: { hasOwnMaximum: true } },
      'call-cap',
    ],
    ['context that fits', 'context-cap', { limitTokens: 1_000 }, {}, null],
    ['context that does not', 'context-cap', { limitTokens: 999 }, {}, 'context-too-large'],
    ['a model that is named', 'model-access', { allow: ['gpt-*'] }, { model: 'gpt-5' }, null],
    ['one that is not', 'model-access', { allow: ['gpt-*'] }, { model: 'o3' }, 'model-not-allowed'],
    ['deny wins', 'model-access', { allow: ['gpt-*'], deny: ['*-pro'] }, { model: 'gpt-5-pro' }, 'model-not-allowed'],
    [
      'a date changes nothing',
      'model-access',
      { deny: ['*-pro'] },
      { model: 'gpt-5-pro-2025-10-06' },
      'model-not-allowed',
    ],
    ["nor does a gateway's prefix", 'model-access', { allow: ['gpt-*'] }, { model: 'openai/gpt-5' }, null],
    [
      "nor a region's",
      'model-access',
      { allow: ['claude-*'] },
      { model: 'us.anthropic.claude-sonnet-4-5-20250929-v1:0' },
      null,
    ],
    [
      'no model where only some are allowed',
      'model-access',
      { allow: ['gpt-*'] },
      { model: null },
      'model-not-allowed',
    ],
    ['a provider that is named', 'provider-access', { allow: ['openai'] }, {}, null],
    ['one that is not', 'provider-access', { allow: ['openai'] }, { provider: 'deepseek' }, 'provider-not-allowed'],
  ])('%s', (_name, guard, options, caller, code) => {
    expect(check(guard, options, {}, caller)?.code ?? null).toBe(code)
  })
})

test('a call that compacts its history may hold more than the cap, or no agent could ever get below it', () => {
  const compacting = { workload: { ...NO_WORKLOAD, isCompaction: true } }
  expect(check('context-cap', { limitTokens: 999 }, compacting)).toBeNull()
})

test('an agent that compacts again and again and still cannot go on is told that too', () => {
  const world = createWorld()
  const compacts = { isCompaction: true }
  const found = () => {
    const facts = world.next(['user: summarize'])
    return check('context-cap', { limitTokens: 999 }, { ...facts, workload: { ...facts.workload, isCompaction: true } })
  }
  world.answered(['user: hello'])
  for (let times = 0; times < 4; times += 1) {
    expect(found()).toBeNull()
    world.answered(['user: summarize'], {}, compacts)
    // What others do is nothing to it, and what failed shortened nothing.
    world.answered(['user: hello'], { session: 's2' })
    world.answered(['user: summarize'], {}, { ...compacts, httpStatus: 503 })
  }
  expect(found()?.code).toBe('context-too-large')
  world.answered(['user: hello'])
  expect(found()).toBeNull()
})

describe('conversation-cap', () => {
  const of = (turns: number, tokens: number, costNanos: number) => ({
    workload: { ...NO_WORKLOAD, conversation: { turns, tokens, costNanos } },
  })
  const RULE = { limitTurns: 10, limitTokens: 1_000_000, limitUsd: '5.00' }
  test.each([
    [9, 999_999, 4.9e9, null],
    [10, 0, 0, '10 of 10 turns'],
    [1, 1_000_000, 0, '1M of 1M tokens'],
    [1, 0, 5e9, '$5.00 of $5.00'],
  ])('%i turns, %i tokens, %i nano-dollars', (turns, tokens, nanos, reason) => {
    const found = check('conversation-cap', RULE, of(turns, tokens, nanos))
    expect(found?.reason ?? null).toBe(reason === null ? null : `this conversation has used ${reason}`)
  })
})
