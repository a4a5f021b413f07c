import { describe, expect, test } from 'vitest'
import type { RuleBase } from '../../../../shared/rules/policy.ts'
import { GUARDS, guardNamed } from '../../../../main/core/policy/guards/registry.ts'
import { parsePolicy, parseRules } from '../../../../main/core/policy/document/parse-policy.ts'
import { createWorld } from '../../../support/load/agent-calls.ts'

/** The rules of the documentation's example policy. */
const EXAMPLES: Record<string, unknown>[] = [
  { id: 'daily', guard: 'spend-cap', limitUsd: '10.00', per: 'day', warnAt: [0.5, 0.8, 0.95] },
  { id: 'daily-tokens', guard: 'token-cap', limitTokens: 5_000_000, per: 'day' },
  { id: 'rpm', guard: 'rate-limit', limitCalls: 120, per: 'minute' },
  { id: 'tpm', guard: 'token-rate', limitTokens: 400_000, per: 'minute' },
  { id: 'burst', guard: 'spend-rate', limitUsd: '2.00', per: '10 minutes', action: 'ask' },
  { id: 'one', guard: 'call-cap', limitUsd: '1.00' },
  { id: 'ctx', guard: 'context-cap', limitTokens: 200_000 },
  { id: 'chat', guard: 'conversation-cap', limitTurns: 200, limitTokens: 3_000_000, limitUsd: '5.00' },
  { id: 'loop', guard: 'loop', repeats: 5, within: '5 minutes', action: 'ask' },
  { id: 'storm', guard: 'retry-storm', repeats: 8, within: '1 minute' },
  { id: 'fan', guard: 'fan-out', limitParallel: 12 },
  { id: 'miss', guard: 'cache-miss-streak', repeats: 5, minTokens: 20_000, action: 'warn' },
  { id: 'gone', guard: 'orphan', after: '2 minutes' },
  { id: 'night', guard: 'quiet-hours', from: '22:00', to: '06:00', action: 'ask' },
  { id: 'models', guard: 'model-access', allow: ['gpt-*', 'claude-*', 'gemini-*'], deny: ['*-pro'] },
  { id: 'hosts', guard: 'provider-access', allow: ['openai', 'anthropic', 'google'] },
]

describe.each(GUARDS.map((guard) => [guard.name, guard] as const))('%s', (name, guard) => {
  const example = EXAMPLES.find((one) => one.guard === name)

  test('takes the example of the documentation and says in a sentence what it does', () => {
    const { rules, errors } = parseRules([example])
    expect(errors).toEqual([])
    const sentence = guard.describe(rules[0] as RuleBase)
    expect(sentence).toMatch(/^(All calls|Calls|At most|You are (asked|warned)) .*[^.,:]$/)
    expect(sentence).not.toMatch(/undefined|NaN|\[object/)
  })

  test('rejects a key that it does not know, and names its place', () => {
    expect(parseRules([{ ...example, limitUSD: '1' }]).errors).toMatchObject([
      { path: 'rules[0].limitUSD', message: 'unknown key' },
    ])
  })

  test('finds nothing in a first ordinary call', () => {
    const { rules } = parseRules([example])
    const noon = { ...createWorld().next(['user: hello']), nowMs: Date.parse('2026-11-23T12:00:00Z') }
    expect(guard.check(noon, rules[0] as RuleBase)).toBeNull()
  })
})

describe('what a rule says of itself', () => {
  test.each<[Record<string, unknown>, string]>([
    [
      { guard: 'spend-cap', limitUsd: '10.00', per: 'day' },
      'All calls together may spend $10.00 per day: beyond that they are refused',
    ],
    [
      { guard: 'spend-cap', limitUsd: '10.00', per: '10 minutes', each: 'session', action: 'ask', warnAt: [0.5, 0.8] },
      'All calls of one session together may spend $10.00 in any 10 minutes: beyond that you are asked first; warnings at 50 % and 80 %',
    ],
    [
      { guard: 'spend-cap', limitUsd: '10.00', per: 'day', trustCache: true },
      'All calls together may spend $10.00 per day: beyond that they are refused (predicted cache discounts are counted on: a cache that fails can break it)',
    ],
    [
      {
        guard: 'token-cap',
        limitTokens: 5_000_000,
        per: 'day',
        count: 'all',
        scope: { environment: ['test', 'ci'], model: 'gpt-*' },
      },
      'All calls with environment test or ci and model gpt-* together may use 5M tokens per day: beyond that they are refused (signed-in plans and local models count as well)',
    ],
    [
      { guard: 'rate-limit', limitCalls: 1, per: 'minute', action: 'throttle' },
      'At most 1 call per minute: beyond that they are slowed down',
    ],
    [
      { guard: 'spend-rate', limitUsd: '2.00', timesUsual: 5, per: 'hour', action: 'warn' },
      'All calls together may spend $2.00, and at most 5 times what you usually do per hour: beyond that you are warned',
    ],
    [
      { guard: 'call-cap', limitUsd: '1.00', action: 'ask' },
      'You are asked first about calls that may cost more than $1.00',
    ],
    [
      { guard: 'context-cap', limitTokens: 200_000, action: 'warn', scope: { agent: 'codex' } },
      'You are warned of calls with agent codex with more than 200k tokens of context, except those that compact it',
    ],
    [
      { guard: 'conversation-cap', limitTurns: 1, limitTokens: 3_000_000, limitUsd: '5.00' },
      'Calls of a conversation that has used 1 turn, 3M tokens or $5.00 are refused',
    ],
    [
      { guard: 'fan-out', limitParallel: 12, action: 'throttle' },
      'Calls of a session or process that has 12 calls running are slowed down',
    ],
    [
      { guard: 'quiet-hours', from: '22:00', to: '06:00', days: ['friday', 'saturday'] },
      'Calls between 22:00 and 06:00 of nights that begin on Friday and Saturday are refused',
    ],
    [
      { guard: 'quiet-hours', from: '12:00', to: '13:00', days: ['monday'] },
      'Calls between 12:00 and 13:00 on Monday are refused',
    ],
    [{ guard: 'quiet-hours', from: '00:00', to: '00:00', days: ['sunday'] }, 'Calls on Sunday are refused'],
    [{ guard: 'quiet-hours', from: '00:00', to: '00:00' }, 'Calls at any time are refused'],
    [
      { guard: 'model-access', allow: ['gpt-*', 'claude-*'] },
      'Calls with models other than gpt-* and claude-* are refused',
    ],
    [{ guard: 'model-access', deny: ['*-pro', 'o1'] }, 'Calls with the model *-pro or o1 are refused'],
    [
      { guard: 'model-access', allow: ['gpt-*'], deny: ['*-pro'] },
      'Calls with models other than gpt-* or with the model *-pro are refused',
    ],
    [{ guard: 'provider-access', deny: ['deepseek'] }, 'Calls to deepseek are refused'],
  ])('%j', (options, sentence) => {
    const { rules, errors } = parseRules([{ id: 'x', ...options }])
    expect(errors).toEqual([])
    expect(guardNamed(rules[0]?.guard ?? '')?.describe(rules[0] as RuleBase)).toBe(sentence)
  })
})

test('the example as a whole is a policy', () => {
  expect(parsePolicy({ schema: 1, version: 14, rules: EXAMPLES })).toMatchObject({ ok: true })
})

test.each([
  [{ guard: 'conversation-cap' }, 'needs limitTurns, limitTokens or limitUsd'],
  [{ guard: 'model-access' }, 'needs allow, deny, or both'],
  [{ guard: 'spend-rate', per: 'hour' }, 'needs limitUsd, timesUsual, or both'],
  [{ guard: 'quiet-hours', from: '25:00', to: '06:00' }, 'a time of day such as "22:00"'],
  [{ guard: 'loop', within: 'a while' }, 'a duration such as "5 minutes"'],
])('%j is told what is missing', (options, message) => {
  expect(parseRules([{ id: 'x', ...options }]).errors.map((error) => error.message)).toEqual([message])
})

/** What a guard says of one call; `null` for nothing. */
