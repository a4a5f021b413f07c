import type { LiveConversations } from '../../core/ledger/calls/live-conversations.ts'
import type { RecentCall, Workload } from '../../core/policy/decision/facts.ts'
import { guardNamed } from '../../core/policy/guards/registry.ts'
import type { UsdNanos } from '../../../shared/values/money.ts'
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
    dayCapNanos: guards.has('loop') ? dayCapOf(books) : null,
    orphanedSinceMs: guards.has('orphan') && pid !== undefined ? owners.goneSince(pid) : null,
  }
}

function dayCapOf({ inForce }: Books): UsdNanos | null {
  const limits = inForce.rules.flatMap((rule) => {
    const budget = guardNamed(rule.guard)?.budget?.(rule)
    return budget?.unit === 'usd' && budget.per === 'day' ? [budget.limit] : []
  })
  return limits.length === 0 ? null : Math.min(...limits)
}

/** A call as it stands among the recent ones, before anything came back. */
export function asRecent({ call, identified, quote }: Gathered): RecentCall {
  const { attribution, conversation } = call
  const { body, messages, toolCalls } = identified.fingerprints
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
    thread: identified.thread,
    step: identified.step,
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
