import { expect, test } from 'vitest'
import type { CacheMiss } from '../../../shared/calls/call.ts'
import { cacheMissSentence, callNotes, clampSentence } from '../../../shared/calls/call-notes.ts'
import { NO_USAGE } from '../../../shared/calls/usage.ts'

const miss: CacheMiss = {
  tokens: 44_000,
  costUsd: '0.118800000',
  cause: 'prefix-changed',
  message: { index: 2, role: 'user' },
  callId: 'call-1',
}

const made = (output: number) => ({ ...NO_USAGE, output })

test('an ordinary call has nothing to note, nor has one that needed less than it was limited to', () => {
  expect(callNotes({ cacheMiss: null, clampedTo: null, usage: made(10) })).toEqual([])
  expect(callNotes({ cacheMiss: null, clampedTo: 1_200, usage: made(1_199) })).toEqual([])
  expect(callNotes({ cacheMiss: null, clampedTo: 1_200, usage: null })).toEqual([])
})

test('what was paid again and what was cut short is said in a few words each', () => {
  expect(callNotes({ cacheMiss: miss, clampedTo: 1_200, usage: made(1_200) })).toEqual([
    '44k cached tokens paid again',
    'answer cut short at 1.2k tokens',
  ])
})

test.each([
  [null, null],
  [1_200, 'cut short at 1.2k tokens of output, which is what the budget had room for.'],
  [700, 'limited to 1.2k tokens of output to fit what the budget has left; it needed fewer.'],
])('a limited answer of %s tokens', (output, words) => {
  const sentence = clampSentence({ clampedTo: output === null ? null : 1_200, usage: made(output ?? 0) })
  if (words === null) expect(sentence).toBeNull()
  else expect(sentence).toContain(words)
})

test.each<[Partial<CacheMiss>, string]>([
  [{}, 'message 3 (user) has changed.'],
  [{ message: { index: 0, role: null } }, 'message 1 has changed.'],
  [{ message: null }, 'the prompt was changed.'],
  [{ cause: 'model-changed' }, 'the turn before was on another model'],
  [{ cause: 'expired' }, 'the cache entry had expired.'],
  [{ cause: 'evicted' }, 'the provider did not keep it.'],
])('a missed cache is explained: %o', (change, words) => {
  const sentence = cacheMissSentence({ ...miss, ...change })
  expect(sentence).toContain('44k tokens that the provider had in its cache were paid for again, $0.12 more')
  expect(sentence).toContain(words)
})
