import type { PromptMessage } from '../providers/types/provider.ts'
import type { KeyedHash } from './keyed-hash.ts'

/** What patterns are found in, instead of text that must not be kept. */
export interface CallFingerprints {
  /** Of the body's bytes as they came. */
  body: string
  /** Of each message in order: role, text, media, tool calls. Cache marks and ids are left out, because they move. */
  messages: string[]
  /** Of each tool call in the history (name and arguments), in order. */
  toolCalls: string[]
}

export function fingerprintCall(
  hash: KeyedHash,
  body: Uint8Array,
  messages: readonly PromptMessage[],
): CallFingerprints {
  return {
    body: hash(body),
    messages: messages.map((message) => fingerprintMessage(hash, message)),
    toolCalls: messages.flatMap(({ toolCalls }) =>
      toolCalls.map((call) => fingerprintToolCall(hash, call.name, call.arguments)),
    ),
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
