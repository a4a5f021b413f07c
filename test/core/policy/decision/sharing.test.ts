import { expect, test } from 'vitest'
import { describeSharing } from '../../../../main/core/policy/decision/sentences.ts'
import type { SharedPart } from '../../../../main/core/policy/decision/facts.ts'

const part = (changes: Partial<SharedPart>) => ({
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
