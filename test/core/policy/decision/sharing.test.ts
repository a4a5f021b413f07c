import { describe, expect, test } from 'vitest'
import { beyondLease } from '../../../../main/core/policy/decision/beyond-lease.ts'
import { leftOf } from '../../../../main/core/policy/decision/size-hold.ts'
import { describeSharing } from '../../../../main/core/policy/decision/sentences.ts'
import type { SharedPart } from '../../../../main/core/policy/decision/facts.ts'

const part = (changes: Partial<SharedPart & { ownSpent: number }>) => ({
  unit: 'usd' as const,
  shared: {
    upTo: 1e9,
    isFinal: false,
    spentElsewhere: 0,
    leasedElsewhere: 0,
    raisedElsewhere: 0,
    machines: 0,
    trouble: null,
    ownSpent: 0,
    ...changes,
  },
})

test.each<[string, Partial<SharedPart>]>([
  ['shared, no other machine yet', {}],
  ['shared with 1 other machine, $0.00 of it spent there', { machines: 1 }],
  ['shared with 2 other machines, $0.40 of it spent there', { machines: 2, spentElsewhere: 4e8 }],
  [
    'shared with 2 other machines, $0.40 of it spent there; its server does not answer (ECONNREFUSED), so only what was leased before can be spent',
    { machines: 2, spentElsewhere: 4e8, trouble: 'its server does not answer (ECONNREFUSED)' },
  ],
  [
    'shared, no other machine yet; the policy names no server for it, so this machine counts alone',
    { upTo: null, trouble: 'the policy names no server for it' },
  ],
])('%s', (sentence, changes) => expect(describeSharing(part(changes))).toBe(sentence))

test('of a budget of one machine nothing is said', () => expect(describeSharing({ unit: 'usd' })).toBe(''))

describe('an answer that outgrows its hold', () => {
  const budget = (changes: Partial<SharedPart>) => ({
    rule: { id: 'daily', guard: 'spend-cap' },
    key: null,
    window: { startMs: 0, endMs: 1, rolling: false },
    limit: 1_000,
    raised: 0,
    spent: 300,
    held: 50,
    ...part({ upTo: 100, ownSpent: 50, spentElsewhere: 250, leasedElsewhere: 400, machines: 4, ...changes }),
  })

  test('may take its part of what nobody has leased, so that all together take no more than that', () => {
    expect(leftOf(budget({}))).toBe(0)
    expect(leftOf(beyondLease(budget({})))).toBe(100)
    expect(leftOf(beyondLease(budget({ machines: 0 })))).toBe(500)
    expect(leftOf(beyondLease(budget({ leasedElsewhere: 900 })))).toBe(0)
  })

  test('has its lease alone while the server is away', () => {
    expect(leftOf(beyondLease(budget({ isFinal: true })))).toBe(0)
  })
})
