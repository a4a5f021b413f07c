import { expect, test } from 'vitest'
import { type CacheMissFacts, cacheMissOf } from '../../../main/core/conversations/cache-miss.ts'
import { FREE_RATES } from '../../../main/core/pricing/rates/rates.ts'
import type { RecentCall } from '../../../main/core/policy/decision/facts.ts'
import { NO_USAGE, type Usage } from '../../../shared/calls/usage.ts'

const MINUTE_MS = 60_000
// $3.00, $0.30 and $3.75 per million.
const rates = {
  ...FREE_RATES,
  input: 3_000_000_000,
  cacheRead: 300_000_000,
  cacheWrite5m: 3_750_000_000,
  cacheWrite1h: 6_000_000_000,
}
const earlier = (changes: Partial<RecentCall> = {}): RecentCall => ({
  callId: 'before',
  atMs: 0,
  conversation: 'c_1',
  session: null,
  agent: null,
  parentAgent: null,
  pid: null,
  model: 'claude-sonnet-4-5',
  thread: null,
  step: null,
  bodyFingerprint: 'b',
  messageFingerprints: ['tools', 'system', 'q1', 'a1'],
  toolCallFingerprints: [],
  contextTokens: 41_000,
  cacheReadTokens: 0,
  cachedTokens: 40_000,
  costNanos: 0,
  httpStatus: 200,
  open: false,
  endedAtMs: 1_000,
  ...changes,
})
const facts = (usage: Partial<Usage>, changes: Partial<CacheMissFacts> = {}): CacheMissFacts => ({
  earlier: [earlier()],
  model: 'claude-sonnet-4-5',
  messages: [{ role: 'tools' }, { role: 'system' }, { role: 'user' }, { role: 'assistant' }, { role: 'user' }],
  fingerprints: ['tools', 'system', 'q1', 'a1', 'q2'],
  usage: { ...NO_USAGE, ...usage },
  rates,
  startedAtMs: MINUTE_MS,
  ...changes,
})
const written = { uncachedInput: 1_000, cacheWrite5m: 41_000 }

test('a prefix that changed is paid again: what it cost more, and the message that broke it', () => {
  const miss = cacheMissOf(facts(written, { fingerprints: ['tools', 'system, a minute later', 'q1', 'a1', 'q2'] }))
  // 40,000 tokens written at $3.75 instead of read at $0.30.
  expect(miss).toEqual({
    tokens: 40_000,
    costUsd: '0.138000000',
    cause: 'prefix-changed',
    message: { index: 1, role: 'system' },
    callId: 'before',
  })
})

test('only what was not read counts, and plain input at its own price', () => {
  const fingerprints = ['tools', 'system', 'q1', 'edited', 'q2']
  const miss = cacheMissOf(facts({ cacheRead: 30_000, uncachedInput: 12_000 }, { fingerprints }))
  // 10,000 tokens at $3.00 instead of $0.30.
  expect(miss).toMatchObject({ tokens: 10_000, costUsd: '0.027000000', message: { index: 3, role: 'assistant' } })
})

test.each<[string, Partial<CacheMissFacts>, string]>([
  ['the time ran out', { startedAtMs: 10 * MINUTE_MS }, 'expired'],
  ['another model', { model: 'claude-opus-4-5' }, 'model-changed'],
  ['nothing changed', {}, 'evicted'],
])('without a changed message: %s', (_name, changes, cause) => {
  expect(cacheMissOf(facts(written, changes))).toMatchObject({ cause, message: null, tokens: 40_000 })
})

test.each<[string, CacheMissFacts]>([
  ['the cache held', facts({ cacheRead: 40_000, uncachedInput: 2_000 })],
  ['a block fewer was read', facts({ cacheRead: 39_900, uncachedInput: 2_000 })],
  ['there was nothing in it', facts(written, { earlier: [earlier({ cachedTokens: 0 })] })],
  ['the first turn', facts(written, { earlier: [] })],
  ['a turn that still runs', facts(written, { earlier: [earlier({ open: true })] })],
  ['an estimate says nothing of the cache', facts({ ...written, source: 'estimated' })],
  ['another thread of the conversation', facts(written, { fingerprints: ['t2', 's2', 'x', 'y'] })],
  ['a history that was compacted', facts({ uncachedInput: 900 }, { fingerprints: ['tools', 'summary'] })],
  ['a model that costs nothing', facts(written, { rates: FREE_RATES })],
])('no miss: %s', (_name, one) => {
  expect(cacheMissOf(one)).toBeNull()
})

test('among threads, the newest turn that this one resembles is the one it should have continued', () => {
  const other = earlier({ callId: 'other', messageFingerprints: ['t2', 's2'], cachedTokens: 90_000 })
  const own = earlier({ callId: 'own', cachedTokens: 20_000 })
  expect(cacheMissOf(facts(written, { earlier: [earlier(), own, other] }))).toMatchObject({
    callId: 'own',
    tokens: 20_000,
  })
})
