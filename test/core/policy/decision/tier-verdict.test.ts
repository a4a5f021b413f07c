import { expect, test } from 'vitest'
import { describeTier } from '../../../../main/core/policy/decision/tier-verdict.ts'

test.each([
  [{ when: {}, suggest: { 'gpt-5*': 'gpt-5-mini' } }, 'Calls: gpt-5-mini instead of gpt-5* is suggested'],
  [
    {
      when: { leftBelow: 0.2, scope: { environment: ['test', 'ci'] } },
      suggest: { 'gpt-5*': 'gpt-5-mini', 'claude-opus*': 'claude-sonnet-4-5' },
    },
    'Calls with environment test or ci: gpt-5-mini instead of gpt-5*, claude-sonnet-4-5 instead of claude-opus* is suggested, once less than 20 % of a budget is left',
  ],
])('a tier is said in a sentence: %o', (tier, sentence) => {
  expect(describeTier(tier)).toBe(sentence)
})
