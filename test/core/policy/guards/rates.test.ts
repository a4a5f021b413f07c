import { describe, expect, test } from 'vitest'
import { type GuardFacts, NO_WORKLOAD } from '../../../../main/core/policy/decision/facts.ts'
import type { Finding } from '../../../../main/core/policy/guards/rule/guard.ts'
import { at, budget, check, rolling } from './check-guard.ts'

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
