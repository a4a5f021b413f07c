import type { Step } from '../policy/decision/facts.ts'
import type { PromptMessage } from '../providers/types/provider.ts'
import type { KeyedHash } from './keyed-hash.ts'
import { openingOf, type Spoken, stepOf } from './step.ts'

/** What patterns are found in, instead of text that must not be kept. */
export interface CallFingerprints {
  /** Of the body's bytes as they came. */
  body: string
  /** Of each message in order: role, text, media, tool calls. Cache marks and ids are left out, because they move. */
  messages: string[]
  /** Of each tool call in the history (name and arguments), in order. */
  toolCalls: string[]
  /** What happened since the model spoke last; null for calls without messages. */
  step: Step | null
  /** Of the first question, counters and times masked; empty without one. */
  opening: string
}

/** A turn that the provider keeps: the next call names it, and shows neither how all began nor what the model said. */
export interface StoredTurn {
  opening: string
  spoken: Spoken | null
}

/** What a call is besides its messages. */
export interface CallContext {
  /** What the provider keeps of its conversation, by name, and as far as anybody saw it. */
  storedInput?: string | null
  stored?: StoredTurn | null
  /** Model and sampling (manner.ts). */
  manner?: string
}

export function fingerprintCall(
  hash: KeyedHash,
  body: Uint8Array,
  messages: readonly PromptMessage[],
  { storedInput = null, stored = null, manner = '' }: CallContext = {},
): CallFingerprints {
  return {
    body: hash(body),
    messages: messages.map((message) => fingerprintMessage(hash, message)),
    toolCalls: messages.flatMap(({ toolCalls }) =>
      toolCalls.map((call) => fingerprintToolCall(hash, call.name, call.arguments)),
    ),
    step: stepOf(hash, messages, { name: storedInput, spoken: stored?.spoken ?? null }, manner),
    // A warm-up is kept as well, and opens nothing.
    opening: stored?.opening || openingOf(hash, messages),
  }
}

export function fingerprintMessage(hash: KeyedHash, message: PromptMessage): string {
  const media = message.media.map(({ type, bytes, width, height, detail }) => [type, bytes, width, height, detail])
  const calls = message.toolCalls.map(({ name, arguments: text }) => [name, text])
  const rest = JSON.stringify([media, calls, message.toolResult?.isError ?? null])
  // The text goes in as it is: escaping a long one costs as much as hashing it. Neither end can hold the separator.
  return hash(`${message.role}\u0000${message.text}\u0000${rest}`)
}

/** `text` is the arguments in canonical form. */
export function fingerprintToolCall(hash: KeyedHash, name: string, text: string): string {
  return hash(JSON.stringify(['tool-call', name, text]))
}

/** `k_…`: a key as a dimension of spend. Null when the request carries none. */
export function fingerprintKey(hash: KeyedHash, secret: string | null | undefined): string | null {
  const key = secret?.trim().replace(/^(?:bearer|basic|token)\s+/i, '')
  return key ? `k_${hash(`key\u0000${key}`)}` : null
}
