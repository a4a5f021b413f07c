import type { CallRecord } from '../../../shared/calls/call.ts'
import { formatTokens } from '../../../shared/values/format.ts'
import { nanosOf } from '../format/amounts.ts'

/** One call of a conversation as its chart shows it: how much context it carried, from where, for how much. */
export interface Turn {
  call: CallRecord
  /** From 1; null for calls beside the conversation, and for those that were not sent. */
  number: number | null
  cacheRead: number
  cacheWrite: number
  uncached: number
  context: number
  costNanos: number
  /** Something was paid for again. */
  isMiss: boolean
  /** How many times this step was made, this one included; from the third on it is a loop to look at. */
  repeats: number
  /** The context became smaller: it was compacted. */
  isCompacted: boolean
}

/** The same step this often is marked. */
export const FEWEST_REPEATS = 3

/** A conversation's calls in order, each with what it carried and what is to be noted of it. */
export function turnsOf(calls: readonly CallRecord[]): Turn[] {
  const seen = new Map<string, number>()
  let number = 0
  let before = 0
  return calls.map((call): Turn => {
    const isSent = call.state !== 'refused' && call.state !== 'released'
    const isTurn = isSent && call.kind !== 'auxiliary' && call.kind !== 'retrieval'
    const { usage } = call
    const mark = call.step?.mark
    const repeats = isTurn && mark !== undefined ? (seen.get(mark) ?? 0) + 1 : 1
    if (isTurn && mark !== undefined) seen.set(mark, repeats)
    const context = call.contextTokens ?? 0
    const isCompacted = isTurn && usage !== null && context < before / 2
    if (isTurn && usage !== null) before = context
    return {
      call,
      number: isTurn ? (number += 1) : null,
      cacheRead: usage?.cacheRead ?? 0,
      cacheWrite: usage ? usage.cacheWrite5m + usage.cacheWrite1h : 0,
      uncached: usage?.uncachedInput ?? (usage ? 0 : context),
      context,
      costNanos: nanosOf(call.costUsd),
      isMiss: call.cacheMiss !== null && call.cacheMiss !== undefined,
      repeats,
      isCompacted,
    }
  })
}

/** What is to be noted of a turn, in a few words each. */
export function turnNotes({ call, isMiss, repeats, isCompacted }: Turn): string[] {
  const notes: string[] = []
  if (call.state === 'refused') notes.push('refused')
  if (isMiss) notes.push(`cache missed, ${formatTokens(call.cacheMiss?.tokens ?? 0)} tokens paid for again`)
  if (repeats >= FEWEST_REPEATS) notes.push(`the same step for the ${ordinal(repeats)} time`)
  if (isCompacted) notes.push('compacted')
  return notes
}

function ordinal(count: number): string {
  const teen = count % 100 >= 11 && count % 100 <= 13
  const ending = teen ? 'th' : ({ 1: 'st', 2: 'nd', 3: 'rd' }[count % 10] ?? 'th')
  return `${count}${ending}`
}
