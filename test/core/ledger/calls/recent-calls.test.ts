import { expect, test } from 'vitest'
import { createRecentCalls } from '../../../../main/core/ledger/calls/recent-calls.ts'
import type { RecentCall } from '../../../../main/core/policy/decision/facts.ts'

const call = (id: number, change: Partial<RecentCall> = {}): RecentCall => ({
  callId: `${id}`,
  atMs: id * 1_000,
  conversation: `c${id % 2}`,
  session: null,
  agent: null,
  parentAgent: null,
  pid: null,
  thread: null,
  step: null,
  model: null,
  bodyFingerprint: `b${id % 3}`,
  messageFingerprints: [],
  toolCallFingerprints: [],
  contextTokens: 0,
  cacheReadTokens: null,
  costNanos: 0,
  httpStatus: null,
  open: true,
  endedAtMs: null,
  ...change,
})
const ids = (calls: readonly RecentCall[]) => calls.map(({ callId }) => callId).join(' ')

test('answers by time, conversation and body, newest last', () => {
  const recent = createRecentCalls()
  for (let id = 1; id <= 6; id += 1) recent.add(call(id))
  expect(ids(recent.since(4_000))).toBe('4 5 6')
  expect(ids(recent.since(0))).toBe('1 2 3 4 5 6')
  expect(ids(recent.since(7_000))).toBe('')
  expect(ids(recent.inConversation('c1'))).toBe('1 3 5')
  expect(ids(recent.withBody('b0'))).toBe('3 6')
  expect(recent.inConversation('none')).toEqual([])
})

test('what became known later is seen everywhere', () => {
  const recent = createRecentCalls()
  recent.add(call(1))
  recent.update('1', { open: false, costNanos: 7 })
  recent.update('unknown', { open: false })
  expect(recent.since(0)[0]).toMatchObject({ open: false, costNanos: 7 })
  expect(recent.inConversation('c1')[0]).toBe(recent.get('1'))
})

test('keeps at most its limit of calls, through many turns of the window', () => {
  const recent = createRecentCalls(10)
  for (let id = 1; id <= 95; id += 1) recent.add(call(id))
  expect(recent.size).toBe(10)
  expect(ids(recent.since(0))).toBe('86 87 88 89 90 91 92 93 94 95')
  expect(ids(recent.inConversation('c0'))).toBe('86 88 90 92 94')
  expect(recent.get('85')).toBeUndefined()
})

test('keeps at most its limit of fingerprints, and always the newest call', () => {
  const recent = createRecentCalls(100, 10)
  const long = (id: number, count: number) =>
    call(id, { conversation: 'c', messageFingerprints: Array.from({ length: count }, (_, index) => `m${index}`) })
  for (let id = 1; id <= 4; id += 1) recent.add(long(id, 4))
  expect(ids(recent.since(0))).toBe('3 4')
  recent.add(long(5, 50))
  expect(ids(recent.since(0))).toBe('5')
  recent.add(long(6, 1))
  expect(ids(recent.since(0))).toBe('6')
})
