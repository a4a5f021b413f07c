import { describe, expect, test } from 'vitest'
import type { RuleBase } from '../../../../shared/rules/policy.ts'
import {
  type BudgetState,
  type GuardFacts,
  NO_WORKLOAD,
  type Workload,
} from '../../../../main/core/policy/decision/facts.ts'
import type { Finding } from '../../../../main/core/policy/guards/rule/guard.ts'
import { GUARDS, guardNamed } from '../../../../main/core/policy/guards/registry.ts'
import { parsePolicy, parseRules } from '../../../../main/core/policy/document/parse-policy.ts'
import { type CallerChanges, createWorld } from '../../../support/load/agent-calls.ts'

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
function check(
  guard: string,
  options: Record<string, unknown>,
  change: Partial<GuardFacts> & { workload?: Workload } = {},
  caller: CallerChanges = {},
): Finding | null {
  const { rules, errors } = parseRules([{ id: 'x', guard, ...options }])
  expect(errors).toEqual([])
  const facts = { ...createWorld().next(['user: hello'], caller), ...change }
  return guardNamed(guard)?.check(facts, rules[0] as RuleBase) ?? null
}
const budget = (
  unit: BudgetState['unit'],
  limit: number,
  spent: number,
  change: Partial<BudgetState> = {},
): BudgetState => ({
  rule: { id: 'x', guard: '' },
  unit,
  key: null,
  window: { startMs: Date.parse('2026-11-23T12:00:00Z'), endMs: Date.parse('2026-11-23T12:01:00Z'), rolling: false },
  limit,
  raised: 0,
  spent,
  held: 0,
  ...change,
})
const at = (time: string) => ({ nowMs: Date.parse(time) })
const rolling = {
  startMs: Date.parse('2026-11-23T11:50:30Z'),
  endMs: Date.parse('2026-11-23T12:10:30Z'),
  rolling: true,
}

describe('rates', () => {
  const now = at('2026-11-23T12:00:30Z')
  test.each<[string, string, Record<string, unknown>, Partial<GuardFacts>, Partial<Finding> | null]>([
    ['room for one more', 'rate-limit', { limitCalls: 3, per: 'minute' }, { budget: budget('calls', 3, 2) }, null],
    [
      'none',
      'rate-limit',
      { limitCalls: 3, per: 'minute' },
      { budget: budget('calls', 3, 3) },
      { verdict: 'deny', code: 'rate-limited', retryAfterMs: 30_000 },
    ],
    [
      'slowed down',
      'rate-limit',
      { limitCalls: 3, per: 'minute', action: 'throttle' },
      { budget: budget('calls', 3, 3) },
      { verdict: 'throttle', delayMs: 30_000 },
    ],
    [
      'never longer than a minute',
      'rate-limit',
      { limitCalls: 3, per: 'hour' },
      {
        budget: budget('calls', 3, 3, {
          window: { startMs: 0, endMs: Date.parse('2026-11-23T13:00:00Z'), rolling: false },
        }),
      },
      { retryAfterMs: 60_000 },
    ],
    [
      'a rolling window frees room bit by bit',
      'rate-limit',
      { limitCalls: 3, per: '10 minutes' },
      { budget: budget('calls', 3, 3, { window: rolling, freesAtMs: now.nowMs + 7_000 }) },
      { retryAfterMs: 7_000 },
    ],
    [
      'tokens of the call count',
      'token-rate',
      { limitTokens: 1_500, per: 'minute' },
      { budget: budget('tokens', 1_500, 600) },
      { code: 'rate-limited' },
    ],
    [
      'one call alone always passes',
      'token-rate',
      { limitTokens: 500, per: 'minute' },
      { budget: budget('tokens', 500, 0) },
      null,
    ],
    [
      'held tokens count',
      'token-rate',
      { limitTokens: 1_500, per: 'minute' },
      { budget: budget('tokens', 1_500, 0, { held: 600 }) },
      { code: 'rate-limited' },
    ],
    [
      'money within the limit',
      'spend-rate',
      { limitUsd: '2.00', per: '10 minutes' },
      { budget: budget('usd', 2e9, 1.9e9, { window: rolling }) },
      null,
    ],
    [
      'money beyond it',
      'spend-rate',
      { limitUsd: '2.00', per: '10 minutes' },
      { budget: budget('usd', 2e9, 1.999e9, { window: rolling }) },
      { code: 'cap-reached', verdict: 'deny' },
    ],
  ])('%s', (_name, guard, options, change, expected) => {
    const found = check(guard, options, { ...now, ...change })
    expect(found).toEqual(expected === null ? null : expect.objectContaining(expected))
  })

  test('more than is usual for this developer', () => {
    const rule = { timesUsual: 5, per: 'hour' }
    const hour = {
      startMs: Date.parse('2026-11-23T12:00:00Z'),
      endMs: Date.parse('2026-11-23T13:00:00Z'),
      rolling: false,
    }
    const facts = (spent: number, usualNanosPerHour: number | null) => ({
      ...now,
      budget: budget('usd', Number.MAX_SAFE_INTEGER, spent, { window: hour }),
      workload: { ...NO_WORKLOAD, usualNanosPerHour },
    })
    expect(check('spend-rate', rule, facts(4e9, 1e9))).toBeNull()
    expect(check('spend-rate', rule, facts(5e9, 1e9))).toMatchObject({
      reason: expect.stringContaining('spends fast: with this call $5.00 this hour, and 5 times the usual is $5.00'),
    })
    // A quiet developer's first fifty cents are no surge, and nobody's habits are guessed.
    expect(check('spend-rate', rule, facts(0.4e9, 0.001e9))).toBeNull()
    expect(check('spend-rate', rule, facts(100e9, null))).toBeNull()
  })
})

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
