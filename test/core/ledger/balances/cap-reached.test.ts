import { expect, test } from 'vitest'
import { reachedSince } from '../../../../main/core/ledger/balances/cap-reached.ts'

const refusal = (atMs: number, leftNanos: number) => ({ atMs, leftNanos })

test.each([
  ['nobody was refused', 200, [], 4_000, null],
  ['less is left than an ordinary call costs', 200, [refusal(5, 200)], 4_000, 5],
  ['nothing is left', 0, [refusal(5, 0)], 4_000, 5],
  ['it is so since the first refusal that still stands', 200, [refusal(5, 900), refusal(9, 200)], 4_000, 5],
  ['a raise made room', 9_000, [refusal(5, 200)], 4_000, null],
  ['a hold came back', 300, [refusal(5, 200)], 4_000, null],
  ['only a huge call did not fit', 6_000, [refusal(5, 6_000)], 4_000, null],
  ['a refusal from before a raise that is used up again', 100, [refusal(5, 50), refusal(9, 100)], 4_000, 9],
])('%s', (_name, left, refusals, mean, since) => {
  expect(reachedSince(left, refusals, mean)).toBe(since)
})
