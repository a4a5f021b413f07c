import { digest } from '../system/digest.ts'

/** Messages remembered: a few hundred conversations of a hundred turns, at about a hundred bytes each. */
const MAX_REMEMBERED = 30_000

/**
 * Token counts by text, without the texts: a conversation sends all it said before again with every turn, and only
 * what is new has to be counted. The least recently used is forgotten first.
 */
export interface TokenMemory {
  key(text: string): string
  get(key: string): number | undefined
  set(key: string, tokens: number): void
}

export function createTokenMemory(maxRemembered = MAX_REMEMBERED): TokenMemory {
  const counts = new Map<string, number>()
  return {
    // Not for secrecy: nobody gains by a collision but their own wrong estimate.
    key: (text) => String(digest('sha1', text, 'binary')),
    get(key) {
      const tokens = counts.get(key)
      if (tokens !== undefined) {
        counts.delete(key)
        counts.set(key, tokens)
      }
      return tokens
    },
    set(key, tokens) {
      counts.set(key, tokens)
      if (counts.size <= maxRemembered) return
      const oldest = counts.keys().next()
      if (!oldest.done) counts.delete(oldest.value)
    },
  }
}
