import type { ModelRequest } from '../../providers/types/provider.ts'

/** A call that another goes on from by the id of its answer. */
export interface StoredCall {
  /** All of its input and output; absent while it runs. */
  keptTokens?: number
  messageFingerprints: readonly string[]
}

/**
 * What the provider keeps on top of what a request shows: all of the call that it goes on from, less the tools and
 * instructions that are sent again each time and take the place of the earlier ones. Null where that is not known.
 */
export function storedTokensOf(
  { messages }: Pick<ModelRequest, 'messages'>,
  fingerprints: readonly string[],
  messageTokens: readonly number[],
  from: StoredCall | undefined,
): number | null {
  if (from?.keptTokens === undefined) return null
  const known = new Set(from.messageFingerprints)
  const again = messages.reduce((sum, { role }, index) => {
    const isAgain = (role === 'tools' || role === 'system') && known.has(fingerprints[index] ?? '')
    return isAgain ? sum + (messageTokens[index] ?? 0) : sum
  }, 0)
  return Math.max(0, from.keptTokens - again)
}
