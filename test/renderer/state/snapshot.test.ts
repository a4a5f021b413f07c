import { describe, expect, test } from 'vitest'
import type { FeedItem } from '../../../shared/contract/contract.ts'
import { applyFeed, EMPTY_SNAPSHOT, highestSeq, MAX_CALLS, MAX_NOTICES } from '../../../renderer/state/snapshot.ts'
import { aCall, aNotice } from '../fixtures/world.ts'

const at = (minute: number) => new Date(Date.UTC(2026, 10, 23, 8, minute)).toISOString()
const callItem = (seq: number, change = {}): FeedItem => ({ type: 'call', seq, call: aCall({ seq, ...change }) })

describe('the snapshot after a step of the feed', () => {
  test('holds a new call once, and the latest of its states', () => {
    const open = callItem(5, { id: 'a', state: 'open', costUsd: null })
    const settled = callItem(9, { id: 'a', state: 'settled' })
    const after = applyFeed(applyFeed(EMPTY_SNAPSHOT, [open]), [settled])
    expect(after.calls.map((call) => [call.id, call.state])).toEqual([['a', 'settled']])
    expect(after.seq).toBe(9)
  })

  test('is the same when an item comes twice, or late', () => {
    const open = callItem(5, { id: 'a', state: 'open' })
    const settled = callItem(9, { id: 'a', state: 'settled' })
    const notice: FeedItem = { type: 'notice', seq: 7, notice: aNotice({ seq: 7 }) }
    const once = applyFeed(EMPTY_SNAPSHOT, [open, notice, settled])
    expect(applyFeed(once, [settled, notice, open])).toEqual(once)
  })

  test('keeps calls in the order in which they began, not in which they ended', () => {
    const after = applyFeed(EMPTY_SNAPSHOT, [
      callItem(3, { id: 'late', startedAt: at(2) }),
      callItem(4, { id: 'early', startedAt: at(1) }),
    ])
    expect(after.calls.map((call) => call.id)).toEqual(['early', 'late'])
  })

  test('says that the policy may have changed', () => {
    const after = applyFeed(EMPTY_SNAPSHOT, [{ type: 'changed', seq: 2, what: 'policy' }])
    expect(after.policyVersion).toBe(EMPTY_SNAPSHOT.policyVersion + 1)
    expect(applyFeed(after, [{ type: 'changed', seq: 3, what: 'budget' }]).policyVersion).toBe(after.policyVersion)
  })

  test('drops the oldest finished calls beyond its limit, but none that still runs', () => {
    const items = Array.from({ length: MAX_CALLS + 40 }, (_, index) =>
      callItem(index + 1, { id: `c${index}`, startedAt: at(index), state: index === 0 ? 'open' : 'settled' }),
    )
    const { calls } = applyFeed(EMPTY_SNAPSHOT, items)
    expect(calls).toHaveLength(MAX_CALLS)
    expect(calls[0]?.id).toBe('c0')
    expect(calls[1]?.id).toBe('c41')
    expect(calls.at(-1)?.id).toBe(`c${MAX_CALLS + 39}`)
  })

  test('stays within its limit even when everything runs', () => {
    const items = Array.from({ length: MAX_CALLS + 5 }, (_, index) =>
      callItem(index + 1, { id: `c${index}`, startedAt: at(index), state: 'open' }),
    )
    expect(applyFeed(EMPTY_SNAPSHOT, items).calls).toHaveLength(MAX_CALLS)
  })

  test('keeps a bounded number of notices, newest first', () => {
    const items = Array.from(
      { length: MAX_NOTICES + 3 },
      (_, index): FeedItem => ({ type: 'notice', seq: index + 1, notice: aNotice({ seq: index + 1 }) }),
    )
    const { notices } = applyFeed(EMPTY_SNAPSHOT, items)
    expect(notices).toHaveLength(MAX_NOTICES)
    expect(notices[0]?.seq).toBe(MAX_NOTICES + 3)
  })
})

test('the feed resumes after the last thing a first answer held', () => {
  expect(highestSeq([aCall({ seq: 4 }), aCall({ seq: 11 })], [aNotice({ seq: 8 })])).toBe(11)
  expect(highestSeq([], [])).toBe(0)
})
