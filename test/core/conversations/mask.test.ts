import { describe, expect, test } from 'vitest'
import { maskAnswer, maskArguments, maskPrompt } from '../../../main/core/conversations/mask.ts'

describe('a prompt without its counters and times', () => {
  test.each([
    ['Attempt 3 of 10 at 12:03:04', 'Attempt 4 of 10 at 12:03:19'],
    ['attempt-3: go', 'attempt-4: go'],
    ['go (3/500)', 'go (4/500)'],
    ['now 2026-11-23T12:00:00Z', 'now 2026-11-23T12:00:07.123Z'],
    ['Mon, 23 Nov 2026 12:00:01 GMT', 'Mon, 24 Nov 2026 12:00:01 GMT'],
    ['run 0b0e5d3e-8c1f-4a6b-9c0d-1a2b3c4d5e6f', 'run 7c9e6679-7425-40de-944b-e07fc1f90ae7'],
    ['nonce: kd83jx9', 'nonce: zz19ab3'],
    ['Chunk ID: 53578f', 'Chunk ID: 7ab4eb'],
    ['took 3.2 s', 'took 11 s'],
    ['at 1764000000123', 'at 1764000009999'],
  ])('%s = %s', (one, other) => {
    expect(maskPrompt(one).shape).toBe(maskPrompt(other).shape)
  })

  test.each([
    ['Summarise chapter 3', 'Summarise chapter 4'],
    ['file_3.ts', 'file_4.ts'],
    ['src/v2/app.ts', 'src/v3/app.ts'],
    ['Write part (3/10)', 'Write part (4/10)'],
    ['Feature request: dashboards', 'Feature request: reports'],
    ['issue #12', 'issue #13'],
    ['the red house', 'the blue house'],
  ])('%s ≠ %s', (one, other) => {
    expect(maskPrompt(one).shape).not.toBe(maskPrompt(other).shape)
  })

  test('the counters are kept in order, so that one can see where they go', () => {
    expect(maskPrompt('attempt 3 of 10, 7 left').numbers).toEqual([3, 10, 7])
  })
})

test('an answer without any number', () => {
  expect(maskAnswer('3 failed on port 41,234 in 2 s')).toBe(maskAnswer('1 failed on port 8,080 in 11 s'))
})

test('an answer without the names of temporary folders', () => {
  expect(maskAnswer('built in /tmp/build-IcUCQjbG/out')).toBe(maskAnswer('built in /tmp/build-tomsMajY/out'))
  expect(maskAnswer('built in /srv/one')).not.toBe(maskAnswer('built in /srv/two'))
})

test('arguments without a counter of their own', () => {
  expect(maskArguments('{"attempt":3,"path":"a"}')).toBe(maskArguments('{"attempt":4,"path":"a"}'))
  expect(maskArguments('{"line":3}')).not.toBe(maskArguments('{"line":4}'))
})
