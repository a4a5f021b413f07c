import type { CallKind } from '../../../shared/calls/call.ts'
import type { RecentCall } from '../policy/decision/facts.ts'
import type { ModelRequest, PromptMessage } from '../providers/types/provider.ts'
import { isAuxiliary } from './auxiliary.ts'

/** The same body within this time after it ended is a retry; later it is the same question asked again. */
export const RETRY_WINDOW_MS = 120_000

/** Attempts past these are not counted further: a client with this many is out of hand, and counting them costs time. */
const MAX_REPEATS = 200

// Tools that fetch what the model shall read: the call that follows them is retrieval.
const RETRIEVAL_TOOL =
  /^(?:(?:file|web|vector|semantic|similarity|knowledge|document|docs|hybrid)_?search|search_?(?:docs|documents|knowledge\w*|index|web|the_web|embeddings)|retriev\w*|rag(?:_\w+)?|knowledge_\w+)$/i

export interface KindFacts {
  request: ModelRequest
  headers: Readonly<Record<string, string | undefined>>
  /** The caller is a known agent, or sends an agent's session headers. */
  isAgent: boolean
  /** Codex's `request_kind`, null elsewhere. */
  requestKind: string | null
  /** It asks for a shorter history to go on from (compaction.ts). */
  isCompaction: boolean
  atMs: number
  conversation: string | null
  session: string | null
  pid: number | null
  /** Earlier calls with this very body, oldest first. */
  sameBody: readonly RecentCall[]
}

/** What a call is for, and the how-manieth attempt it is (1: the first). */
export function kindOf(facts: KindFacts): { kind: CallKind; attempt: number } {
  const stated = statedAttempt(facts.headers)
  if (stated > 1) return { kind: 'retry', attempt: Math.max(stated, 1 + repeats(facts)) }
  const own = ownKind(facts)
  // The same text embedded twice is the same search, not a failure.
  const attempt = own === 'retrieval' || facts.request.messages.length === 0 ? 1 : 1 + repeats(facts)
  return attempt > 1 ? { kind: 'retry', attempt } : { kind: own, attempt: 1 }
}

function ownKind({ request, isAgent, requestKind, isCompaction }: KindFacts): CallKind {
  if (request.kind !== null) return request.kind
  if (isCompaction) return 'auxiliary'
  const results = resultsOfLastTurn(request.messages)
  if (results > 0) return answersRetrieval(request.messages) ? 'retrieval' : 'tool-loop'
  return isAuxiliary(request, isAgent, requestKind) ? 'auxiliary' : 'prompt'
}

/** The attempt by the client's own count: the Stainless SDKs count retries from 0, AWS counts attempts from 1. */
function statedAttempt(headers: KindFacts['headers']): number {
  const retries = /^\d{1,4}$/.exec(headers['x-stainless-retry-count'] ?? '')?.[0]
  const attempt = /(?:^|[;\s])attempt=(\d{1,4})\b/.exec(headers['amz-sdk-request'] ?? '')?.[1]
  return Math.max(retries === undefined ? 1 : Number(retries) + 1, Number(attempt ?? 1))
}

/** Closed calls of the same caller with the same body, back to back. One still open runs beside this one: no retry. */
function repeats({ sameBody, atMs, conversation, session, pid }: KindFacts): number {
  let count = 0
  let laterMs = atMs
  for (let index = sameBody.length - 1; index >= 0 && count < MAX_REPEATS; index -= 1) {
    const call = sameBody[index]
    if (call === undefined || laterMs - call.atMs > RETRY_WINDOW_MS) break
    if (call.open || call.conversation !== conversation || call.session !== session) continue
    if (call.pid !== pid) continue
    count += 1
    laterMs = call.atMs
  }
  return count
}

/** Tool results since the model last spoke; a prefilled answer at the very end is the client's, not the model's. */
function resultsOfLastTurn(messages: readonly PromptMessage[]): number {
  const said =
    messages.at(-1)?.role === 'assistant' && messages.at(-1)?.toolCalls.length === 0 ? messages.slice(0, -1) : messages
  let count = 0
  for (let index = said.length - 1; index >= 0; index -= 1) {
    const message = said[index]
    if (message === undefined || message.role === 'assistant') break
    if (message.role === 'tool' || message.toolResult !== null) count += 1
  }
  return count
}

function answersRetrieval(messages: readonly PromptMessage[]): boolean {
  const lastCalls = messages.filter(({ toolCalls }) => toolCalls.length > 0).at(-1)?.toolCalls ?? []
  return lastCalls.length > 0 && lastCalls.every(({ name }) => RETRIEVAL_TOOL.test(name))
}
