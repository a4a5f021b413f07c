/** For each length of a history, a hash of all its fingerprints up to there. */
export interface PrefixChain {
  length: number
  /** Stands for the first `index` + 1 messages. */
  link(index: number): string
}

/**
 * The fingerprints are keyed hashes already, so a mixing function without a key is enough to make one of many; 2 × 32
 * bits meet by accident once in billions of conversations. Links become text only where they are looked at.
 */
export function prefixChain(fingerprints: readonly string[]): PrefixChain {
  let low = 0x811c9dc5
  let high = 0x1b873593
  const lows = new Uint32Array(fingerprints.length)
  const highs = new Uint32Array(fingerprints.length)
  for (let at = 0; at < fingerprints.length; at += 1) {
    const fingerprint = fingerprints[at] ?? ''
    for (let index = 0; index < fingerprint.length; index += 1) {
      const code = fingerprint.charCodeAt(index)
      low = Math.imul(low ^ code, 0x01000193)
      high = Math.imul(high ^ code ^ (low >>> 15), 0x85ebca6b)
    }
    low = Math.imul(low ^ (high >>> 13) ^ fingerprint.length, 0xc2b2ae35)
    high = Math.imul(high ^ (low >>> 16), 0x27d4eb2f)
    lows[at] = low
    highs[at] = high
  }
  return {
    length: fingerprints.length,
    link: (index) => `${(lows[index] ?? 0).toString(36)}.${(highs[index] ?? 0).toString(36)}`,
  }
}
