import type { CallRecord, CallState } from '../../shared/calls/call.ts'
import type { FeedItem, Notice, Status } from '../../shared/contract/contract.ts'

/** Calls kept in the window: some hours of steady work; older ones are a query away (`allowance calls --since`). */
export const MAX_CALLS = 500
/** Notices kept in the notification centre. */
export const MAX_NOTICES = 200

export type Link =
  | { phase: 'connecting' }
  | { phase: 'live' }
  | { phase: 'lost'; sinceMs: number; retryAtMs: number; reason: string }
  | { phase: 'denied'; reason: string }

/** All that the screens show. Replaced as a whole, never edited in place. */
export interface Snapshot {
  link: Link
  status: Status | null
  /** Oldest first. */
  calls: readonly CallRecord[]
  /** Newest first. */
  notices: readonly Notice[]
  /** The last step of the feed that is in here; the feed resumes after it. */
  seq: number
  /** Grows when sums over calls may have changed, at a pace that a report can follow. */
  reportVersion: number
  /** Grows when the policy may have changed. */
  policyVersion: number
}

export const EMPTY_SNAPSHOT: Snapshot = {
  link: { phase: 'connecting' },
  status: null,
  calls: [],
  notices: [],
  seq: 0,
  reportVersion: 0,
  policyVersion: 0,
}

/** The snapshot after a batch of feed items; applying an item twice changes nothing. */
export function applyFeed(snapshot: Snapshot, items: readonly FeedItem[]): Snapshot {
  if (items.length === 0) return snapshot
  const calls: CallRecord[] = []
  const notices: Notice[] = []
  let { seq, policyVersion } = snapshot
  for (const item of items) {
    seq = Math.max(seq, item.seq)
    switch (item.type) {
      case 'call':
        calls.push(item.call)
        break
      case 'notice':
        notices.push(item.notice)
        break
      case 'changed':
        if (item.what === 'policy') policyVersion += 1
        break
    }
  }
  return {
    ...snapshot,
    seq,
    policyVersion,
    calls: mergeCalls(snapshot.calls, calls),
    notices: mergeNotices(snapshot.notices, notices),
  }
}

/** Each call once, as it stands at its highest seq, oldest first; the oldest finished ones fall out beyond the limit. */
export function mergeCalls(known: readonly CallRecord[], news: readonly CallRecord[]): readonly CallRecord[] {
  if (news.length === 0) return known
  const byId = new Map(known.map((call) => [call.id, call]))
  for (const call of news) {
    const before = byId.get(call.id)
    if (!before || call.seq >= before.seq) byId.set(call.id, call)
  }
  const sorted = [...byId.values()].sort(byStart)
  let excess = sorted.length - MAX_CALLS
  if (excess <= 0) return sorted
  const bounded = sorted.filter((call) => isLive(call.state) || excess-- <= 0)
  return bounded.slice(-MAX_CALLS)
}

function byStart(a: CallRecord, b: CallRecord): number {
  return a.startedAt < b.startedAt ? -1 : a.startedAt > b.startedAt ? 1 : a.id < b.id ? -1 : 1
}

/** Newest first, each seq once. */
export function mergeNotices(known: readonly Notice[], news: readonly Notice[]): readonly Notice[] {
  if (news.length === 0) return known
  const bySeq = new Map(known.map((notice) => [notice.seq, notice]))
  for (const notice of news) bySeq.set(notice.seq, notice)
  return [...bySeq.values()].sort((a, b) => b.seq - a.seq).slice(0, MAX_NOTICES)
}

/** Not closed yet: in flight, waiting for its turn, or for an answer. */
export function isLive(state: CallState): boolean {
  return state === 'open' || state === 'waiting' || state === 'asked'
}

/** Where the feed has to resume so that nothing between a snapshot and the feed is lost. */
export function highestSeq(calls: readonly CallRecord[], notices: readonly Notice[]): number {
  let seq = 0
  for (const call of calls) seq = Math.max(seq, call.seq)
  for (const notice of notices) seq = Math.max(seq, notice.seq)
  return seq
}
