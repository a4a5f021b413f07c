import type { CallRecord, CallState } from '../../../shared/calls/call.ts'
import type { CallListQuestion } from '../../../shared/contract/explore.ts'
import { callValues, fitsCall } from './dimension-words.ts'

export const STATE_GROUPS = {
  live: { label: 'In flight', states: ['open', 'waiting', 'asked'] },
  settled: { label: 'Settled', states: ['settled'] },
  refused: { label: 'Refused', states: ['refused'] },
  unfinished: { label: 'Not charged or lost', states: ['released', 'expired'] },
} satisfies Record<string, { label: string; states: CallState[] }>

export type StateGroup = keyof typeof STATE_GROUPS

export function isStateGroup(name: string | null): name is StateGroup {
  return name !== null && name in STATE_GROUPS
}

/** The calls of an answer as the feed has moved them on since; where the newest come first, the new ones too. */
export function withNews(
  answered: readonly CallRecord[],
  news: readonly CallRecord[],
  question: CallListQuestion,
): CallRecord[] {
  const byId = new Map(answered.map((call) => [call.id, call]))
  const isNewestFirst = (question.sort ?? 'time') === 'time' && !question.ascending
  const states = question.states ? new Set(question.states) : null
  const oldest = answered.at(-1)?.startedAt ?? ''
  for (const call of news) {
    const known = byId.get(call.id)
    const fits = (states === null || states.has(call.state)) && fitsQuestion(call, question)
    if (known && !fits) byId.delete(call.id)
    // Also when it says the same: what the feed brought stays the same object, and its row need not be drawn again.
    else if (known ? call.seq >= known.seq : fits && isNewestFirst && call.startedAt >= oldest) byId.set(call.id, call)
  }
  const calls = [...byId.values()]
  return isNewestFirst ? calls.sort(newestFirst) : calls
}

/** By the rules that the gateway finds calls by: time, filters, and every word somewhere in what is known of the caller. */
function fitsQuestion(call: CallRecord, { since, until, filter = {}, text = '' }: CallListQuestion): boolean {
  const startedMs = Date.parse(call.startedAt)
  if (startedMs < Date.parse(since) || startedMs >= Date.parse(until) || !fitsCall(call, filter)) return false
  const words = text.toLowerCase().split(/\s+/).filter(Boolean)
  if (words.length === 0 || call.id === text.trim()) return true
  const known = JSON.stringify(callValues(call)).toLowerCase()
  return words.every((word) => known.includes(word))
}

function newestFirst(a: CallRecord, b: CallRecord): number {
  return a.startedAt < b.startedAt ? 1 : a.startedAt > b.startedAt ? -1 : b.seq - a.seq
}

/** `12 calls + 1 refused, 2 in flight`: as reports count them, so that they agree. */
export function countWords(calls: number, refused: number, live: number): string {
  const parts = [`${calls.toLocaleString('en-US')} ${calls === 1 ? 'call' : 'calls'}`]
  if (refused > 0) parts.push(`${refused.toLocaleString('en-US')} refused`)
  if (live > 0) parts.push(`${live} in flight`)
  return parts.join(' · ')
}
