import type { LiveConversations } from '../../core/ledger/calls/live-conversations.ts'
import type { RecentCall, Workload } from '../../core/policy/decision/facts.ts'
import type { Books } from '../../ledger/books/books.ts'
import type { OwnerWatch } from '../../platform/process/owner-watch.ts'
import type { PreparedCall } from '../call/call-states.ts'
import type { UsualSpend } from './usual-spend.ts'

export interface WorkloadSources {
  books: Books
  conversations: LiveConversations
  owners: OwnerWatch
  usual: UsualSpend
}

type Gathered = Pick<PreparedCall, 'call' | 'identified' | 'quote'>

/** What guards want to know of the work that a call belongs to. What only some rules ask is gathered only for them. */
export function workloadOf({ books, conversations, owners, usual }: WorkloadSources, gathered: Gathered): Workload {
  const { call } = gathered
  const live = conversations.get(call.conversation)
  const guards = new Set(books.inForce.rules.map(({ guard }) => guard))
  const pid = call.attribution.process?.pid
  return {
    self: asRecent(gathered),
    isCompaction: gathered.identified.isCompaction,
    conversation: live && { turns: live.turns, tokens: live.tokens, costNanos: live.costNanos },
    resumedAtMs: books.traffic.resumedAtMs(call),
    usualNanosPerHour: guards.has('spend-rate') ? usual.nanosPerHour() : null,
    orphanedSinceMs: guards.has('orphan') && pid !== undefined ? owners.goneSince(pid) : null,
  }
}

/** A call as it stands among the recent ones, before anything came back. */
export function asRecent({ call, identified, quote }: Gathered): RecentCall {
  const { attribution, conversation } = call
  const { body, messages, toolCalls, step, opening } = identified.fingerprints
  const { session, agent, parentAgent } = attribution
  const pid = attribution.process?.pid ?? null
  return {
    callId: call.callId,
    atMs: call.startedAtMs,
    conversation,
    session,
    agent,
    parentAgent,
    pid,
    model: call.requestModel,
    // Programs that talk without a history begin each prompt anew: their thread is the caller and how they begin.
    thread: opening === '' ? null : JSON.stringify([opening, session ?? pid ?? conversation, agent, parentAgent]),
    step,
    bodyFingerprint: body,
    messageFingerprints: messages,
    toolCallFingerprints: toolCalls,
    contextTokens: quote.inputTokens,
    cacheReadTokens: null,
    ...(identified.isCompaction ? { isCompaction: true } : {}),
    costNanos: 0,
    httpStatus: null,
    open: true,
    endedAtMs: null,
  }
}
