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

/** A longer body is told by its length, its ends and its messages: hashing a megabyte with every turn costs more than all else. In bytes. */
const WHOLLY_HASHED = 64 * 1024
const HASHED_ENDS = 8 * 1024

export type Fingerprinter = (body: Uint8Array, messages: readonly PromptMessage[]) => CallFingerprints

/** Fingerprints of calls. What was made of a message is kept with it: the next turn brings the same object again. */
export function createFingerprinter(hash: KeyedHash): Fingerprinter {
  const known = new WeakMap<PromptMessage, { message: string; toolCalls: readonly string[] }>()
  const printsOf = (message: PromptMessage) => {
    const before = known.get(message)
    if (before) return before
    const made = {
      message: fingerprintMessage(hash, message),
      toolCalls: message.toolCalls.map((call) => fingerprintToolCall(hash, call.name, call.arguments)),
    }
    known.set(message, made)
    return made
  }
  return (body, messages) => {
    // One walk: a long history has thousands of messages, and few that call a tool.
    const fingerprints: string[] = []
    const toolCalls: string[] = []
    for (const message of messages) {
      const prints = printsOf(message)
      fingerprints.push(prints.message)
      for (const call of prints.toolCalls) toolCalls.push(call)
    }
    return { body: bodyFingerprint(hash, body, fingerprints), messages: fingerprints, toolCalls }
  }
}

function bodyFingerprint(hash: KeyedHash, body: Uint8Array, messages: readonly string[]): string {
  if (body.length <= WHOLLY_HASHED) return hash(body)
  const ends = [body.subarray(0, HASHED_ENDS), body.subarray(-HASHED_ENDS)].map((part) => hash(part))
  return hash([body.length, ...ends, ...messages].join())
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
