import type {
  CallList,
  CallListQuestion,
  ConversationDetail,
  ConversationList,
} from '../../../shared/contract/explore.ts'
import { exactUsd, NANOS_PER_USD } from '../../../shared/values/money.ts'
import { sumsOf } from '../../core/ledger/reports/explore-report.ts'
import { callsOfConversation, conversationSums, lastTurns, listCalls } from '../../ledger/queries/call-list-queries.ts'
import { spanSums } from '../../ledger/queries/explore-queries.ts'
import { findCall } from '../../ledger/queries/call-queries.ts'
import { type ExploreFrame, iso, spanOf } from './explore.ts'

const PAGE = 100
/** Conversations told one by one: more than anybody reads. */
const MAX_CONVERSATIONS = 300
/** Conversations that cost less are told together. */
const SMALL_NANOS = NANOS_PER_USD / 100
/** Turns of one conversation: more than a chart has room for. */
const MAX_TURNS = 500

/** A page of calls, with the sums of all that the filter finds, as every report counts them. */
export function callList(frame: ExploreFrame, question: CallListQuestion): CallList {
  const { database } = frame
  const { filter = {}, states = null, sort = 'time', ascending = false, offset = 0, limit = PAGE } = question
  const [sinceMs, untilMs] = spanOf(frame, question)
  const words = (question.text ?? '').toLowerCase().split(/\s+/).filter(Boolean)
  // A call's own id finds that call, whenever it was.
  const [only] = words
  const named = words.length === 1 && only !== undefined ? findCall(database, question.text?.trim() ?? '') : null
  if (named) return { calls: [named], more: false, total: sumsOf([]) }
  const calls = listCalls(database, {
    sinceMs,
    untilMs,
    filter,
    words,
    states,
    sort,
    ascending,
    offset,
    limit: limit + 1,
  })
  return {
    calls: calls.slice(0, limit),
    more: calls.length > limit,
    total: sumsOf(spanSums(database, [sinceMs, untilMs], { filter, words })),
  }
}

/** Conversations with calls in a stretch of time; the small ones (unless they are asked for) and the very many are summed. */
export function conversationList(
  frame: ExploreFrame,
  question: { since: string; until: string; small?: boolean | undefined },
): ConversationList {
  const { database } = frame
  const [sinceMs, untilMs] = spanOf(frame, question)
  const all = conversationSums(database, sinceMs, untilMs).sort((a, b) => b.costNanos - a.costNanos)
  const small = question.small ? [] : all.filter(({ costNanos }) => costNanos < SMALL_NANOS)
  const large = all.slice(0, all.length - small.length)
  const shown = large.slice(0, MAX_CONVERSATIONS)
  const last = lastTurns(
    database,
    shown.map(({ conversation }) => conversation),
  )
  return {
    since: iso(sinceMs),
    until: iso(untilMs),
    conversations: shown.map(({ conversation, dimensionsId: _, costNanos, lastBucketMs, ...sums }) => {
      const turn = last.get(conversation)
      return {
        id: conversation,
        session: turn?.attribution.session ?? null,
        project: turn?.attribution.project ?? null,
        branch: turn?.attribution.branch ?? null,
        agent: turn?.attribution.agent ?? null,
        process: turn?.attribution.process?.command ?? null,
        model: turn?.responseModel ?? turn?.requestModel ?? null,
        ...sums,
        costUsd: exactUsd(costNanos),
        contextTokens: turn?.contextTokens ?? null,
        contextWindow: turn?.contextWindow ?? null,
        lastCallAt: turn?.endedAt ?? turn?.startedAt ?? iso(lastBucketMs),
      }
    }),
    small: foldOf(small),
    folded: foldOf(large.slice(MAX_CONVERSATIONS)),
  }
}

function foldOf(rest: readonly { costNanos: number }[]): { count: number; costUsd: string } {
  return { count: rest.length, costUsd: exactUsd(rest.reduce((sum, { costNanos }) => sum + costNanos, 0)) }
}

/** One conversation, call by call. */
export function conversationDetail({ database }: ExploreFrame, id: string): ConversationDetail {
  return { id, ...callsOfConversation(database, id, MAX_TURNS) }
}
