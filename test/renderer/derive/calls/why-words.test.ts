import { expect, test } from 'vitest'
import { causeWords, whyFacts } from '../../../../renderer/derive/calls/why-words.ts'
import type { Why } from '../../../../shared/contract/contract.ts'

const why = (cause: Why['cause'], evidence: Record<string, unknown>): Why => ({
  schema: 1,
  sentence: '',
  costUsd: '0',
  from: '',
  until: '',
  attribution: null,
  cause,
  evidence,
  calls: [],
})

test('one call that is like any other is not called many', () => {
  expect(causeWords(why('volume', { calls: 1 }))).toBe('a single call')
  expect(causeWords(why('volume', { calls: 14 }))).toBe('many calls')
})

test('a loop is counted once: where a rule told of it, its sentence has the count', () => {
  const evidence = { cycle: ['run_tests'], repeats: 4, calls: 6 }
  expect(whyFacts(why('loop', evidence))).toEqual(['cycle: run_tests', '4 times', '6 calls in all'])
  expect(whyFacts(why('loop', { ...evidence, verdict: 'called run_tests 5 times' }))).toEqual(['6 calls in all'])
})

test('other causes show their numbers', () => {
  expect(whyFacts(why('cache-miss', { missedTokens: 44_000 }))).toEqual(['44k tokens paid for again'])
  expect(whyFacts(why('context-growth', { fromTokens: 9_000, toTokens: 120_000 }))).toEqual(['9k → 120k tokens'])
})
