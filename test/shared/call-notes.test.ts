import { expect, test } from 'vitest'
import type { CacheMiss } from '../../shared/call.ts'
import { cacheMissSentence, callNotes, clampSentence } from '../../shared/call-notes.ts'

const miss: CacheMiss = {
  tokens: 44_000,
  costUsd: '0.118800000',
  cause: 'prefix-changed',
  message: { index: 2, role: 'user' },
  callId: 'call-1',
}

test('an ordinary call has nothing to note', () => {
  expect(callNotes({ cacheMiss: null, clampedTo: null })).toEqual([])
})

test('what was paid again and what was limited is said in a few words each', () => {
  expect(callNotes({ cacheMiss: miss, clampedTo: 1_200 })).toEqual([
    '44k cached tokens paid again',
    'answer limited to 1.2k tokens',
  ])
  expect(clampSentence(1_200)).toContain('limited to 1.2k tokens of output')
})

test.each<[Partial<CacheMiss>, string]>([
  [{}, 'message 3 (user) is not what it was.'],
  [{ message: { index: 0, role: null } }, 'message 1 is not what it was.'],
  [{ message: null }, 'the prompt was changed.'],
  [{ cause: 'model-changed' }, 'the turn before was on another model'],
  [{ cause: 'expired' }, 'its time in the cache had run out.'],
  [{ cause: 'evicted' }, 'the provider did not keep it.'],
])('a missed cache is explained: %o', (change, words) => {
  const sentence = cacheMissSentence({ ...miss, ...change })
  expect(sentence).toContain('44k tokens that the provider had in its cache were paid for again, $0.12 more')
  expect(sentence).toContain(words)
})
