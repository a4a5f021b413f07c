import type { PromptMessage } from '../providers/types/provider.ts'
import { RecentMap } from './recent-map.ts'
import type { KeyedHash } from './keyed-hash.ts'
import { type PrefixChain, prefixChains } from './prefix-chain.ts'

/** Prefixes that are remembered, two a call: about 10,000 calls, some 5 MB. A conversation forgotten starts again. */
export const MAX_PREFIXES = 20_000
/** Responses that a later call may name as its start. */
const MAX_RESPONSES = 10_000

export interface LineageFacts {
  callId: string
  /** Whose conversations may meet: calls of other scopes are never joined by their messages (project, agent, key). */
  scope: string
  pid: number | null
  session: string | null
  /** What the client tells conversations of a session apart by (attribution/client-ids). */
  thread: string | null
  messages: readonly Pick<PromptMessage, 'role'>[]
  /** Of each message, in order. */
  fingerprints: readonly string[]
  /** `previous_response_id`, or the id of a stored conversation (`conv_…`, `thread_…`). */
  storedInput: string | null
}

export interface Placement {
  /** `c_…`; null for calls without messages and without a session. */
  conversation: string | null
  /** The latest call whose whole prompt this one begins with: what the provider's cache can hold. */
  parentCallId: string | null
  /** How many messages that prompt had. */
  sharedMessages: number
}

interface Prefix {
  conversation: string
  callId: string
  pid: number | null
}

export interface Lineage {
  /** Finds the conversation of a call and remembers the call as its latest turn. */
  place(facts: LineageFacts): Placement
  /** A call was answered under this id: a later `previous_response_id` joins its conversation. */
  answered(callId: string, responseId: string): void
}

/**
 * Conversations by the session that the client names, else by lineage: a call joins the conversation whose prompt it
 * begins with. Sharing the system prompt alone does not make them related. A fork (an edited last question) stays in its
 * conversation, because it extends the turn before. A first question asked twice joins only within one process:
 * history that holds an answer of the model is proof in itself, a first question is not.
 */
export function createLineage(hash: KeyedHash, maxPrefixes = MAX_PREFIXES): Lineage {
  const prefixes = new RecentMap<string, Prefix>(maxPrefixes)
  const placed = new RecentMap<string, string>(MAX_RESPONSES)
  const responses = new RecentMap<string, Prefix>(MAX_RESPONSES)

  function find(
    scope: string,
    chain: PrefixChain,
    mark: '' | 'd',
    messages: LineageFacts['messages'],
    pid: number | null | 'any',
  ) {
    let spoken = messages.findIndex(({ role }) => role === 'assistant' || role === 'tool')
    if (spoken < 0) spoken = Number.POSITIVE_INFINITY
    const asked = messages.findIndex(({ role }) => role !== 'system' && role !== 'tools')
    for (let index = chain.length - 1; index >= 0 && asked >= 0 && index >= asked; index -= 1) {
      const prefix = prefixes.get(`${scope}\u0000${mark}${chain.link(index)}`)
      if (prefix && (index >= spoken || pid === 'any' || prefix.pid === pid)) return { prefix, length: index + 1 }
    }
    return null
  }

  function place(facts: LineageFacts): Placement {
    const named = namedConversation(hash, facts)
    // Inside a named conversation there is nothing to prove: its calls are kin, whatever process they come from.
    const scope = named ?? facts.scope
    const pid = named === null ? facts.pid : 'any'
    const isSpoken = (message: Pick<PromptMessage, 'role'> | undefined) =>
      message !== undefined && message.role !== 'system' && message.role !== 'tools'
    const dialogue = facts.messages.filter(isSpoken)
    const { whole: chain, dialogue: dialogueChain } = prefixChains(facts.fingerprints, (index) =>
      isSpoken(facts.messages[index]),
    )

    const response = facts.storedInput === null ? undefined : responses.get(facts.storedInput)
    const exact = find(scope, chain, '', facts.messages, pid)
    // Agents rewrite their system prompt (the date, the git state): then the dialogue alone is the proof.
    const kin = exact ?? (named === null ? find(scope, dialogueChain, 'd', dialogue, NEVER) : null)
    const conversation =
      named ?? response?.conversation ?? kin?.prefix.conversation ?? (dialogue.length > 0 ? fresh(facts, scope) : null)
    if (conversation === null) return { conversation: null, parentCallId: null, sharedMessages: 0 }

    const turn = { conversation, callId: facts.callId, pid: facts.pid }
    if (dialogue.length > 0) {
      if (chain.length > 0) prefixes.set(`${scope}\u0000${chain.link(chain.length - 1)}`, turn)
      if (dialogueChain.length > 0) prefixes.set(`${scope}\u0000d${dialogueChain.link(dialogueChain.length - 1)}`, turn)
    }
    placed.set(facts.callId, conversation)
    return {
      conversation,
      parentCallId: response?.callId ?? exact?.prefix.callId ?? null,
      sharedMessages: exact?.length ?? 0,
    }
  }

  /**
   * A process that goes on talking while the gateway restarts keeps its conversation, because the id follows from how
   * it began. An id that is taken already, or a process that is not known, gets one of its own.
   */
  function fresh(facts: LineageFacts, scope: string): string {
    const own = `c_${hash(`lineage\u0000${facts.callId}`)}`
    if (facts.pid === null) return own
    const firstQuestion = facts.messages.findIndex(({ role }) => role !== 'system' && role !== 'tools')
    const start = facts.fingerprints.slice(0, firstQuestion + 1).join(' ')
    const id = `c_${hash(`lineage\u0000${scope}\u0000${facts.pid}\u0000${start}`)}`
    if (placed.get(id) !== undefined) return own
    placed.set(id, id)
    return id
  }

  function answered(callId: string, responseId: string): void {
    const conversation = placed.get(callId)
    if (conversation !== undefined) responses.set(responseId, { conversation, callId, pid: null })
  }

  return { place, answered }
}

/** The name of a conversation that the provider keeps; other stored input is a single response. */
export function isKeptConversation(storedInput: string): boolean {
  return /^(?:conv|thread)_/.test(storedInput)
}

/** No process has this id: only a spoken history is accepted. */
const NEVER = -1

function namedConversation(hash: KeyedHash, { session, thread, storedInput }: LineageFacts): string | null {
  if (session !== null) return `c_${hash(JSON.stringify(['session', session, thread === session ? null : thread]))}`
  if (storedInput !== null && isKeptConversation(storedInput))
    return `c_${hash(JSON.stringify(['stored', storedInput]))}`
  return null
}
