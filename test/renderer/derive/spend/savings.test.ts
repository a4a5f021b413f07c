import { expect, test } from 'vitest'
import { changeWords, evidenceWords, savedInAll } from '../../../../renderer/derive/spend/savings.ts'
import { NO_USAGE } from '../../../../shared/calls/usage.ts'
import { suggestionsOver } from '../../fixtures/other-models.ts'
import { aCall } from '../../fixtures/world.ts'

test('a suggestion says what it rests on', () => {
  const usage = { ...NO_USAGE, uncachedInput: 1_200_000, cacheRead: 3_000_000, output: 79_400 }
  expect(evidenceWords({ calls: 84, usage })).toBe('84 calls · 4.2M tokens in, 71 % cached · 79.4k out')
  expect(evidenceWords({ calls: 1, usage: NO_USAGE })).toMatch(/^1 call · /)
})

test('savings of different work are added up', () => {
  const calls = ['prompt', 'tool-loop'].map((kind, index) =>
    aCall({ id: kind, seq: index, kind: kind as 'prompt', responseModel: 'gpt-5-2025-08-07', costUsd: '1.000000000' }),
  )
  expect(savedInAll(suggestionsOver(calls))).toBe('1.600000000')
})

test.each([
  ['1.00', '0.06', '−94 %'],
  ['1.00', '1.12', '+12 %'],
  ['1.00', '1.001', '+1 %'],
  ['1.00', '1.00', 'the same'],
  ['1.00', '0', '−100 %'],
  ['1.00', null, ''],
  ['0', '1.00', ''],
])('%s against %s is %s', (cost, other, words) => {
  expect(changeWords(cost, other)).toBe(words)
})
