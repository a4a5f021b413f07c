/**
 * For each length the hash of all fingerprints up to there: `chain[i]` stands for the first i + 1 messages. The
 * fingerprints are keyed hashes already, so a mixing function without a key is enough to make one of many; 2 × 32 bits
 * meet by accident once in billions of conversations.
 */
export function prefixChain(fingerprints: readonly string[]): string[] {
  let low = 0x811c9dc5
  let high = 0x1b873593
  return fingerprints.map((fingerprint) => {
    for (let index = 0; index < fingerprint.length; index += 1) {
      const code = fingerprint.charCodeAt(index)
      low = Math.imul(low ^ code, 0x01000193)
      high = Math.imul(high ^ code ^ (low >>> 15), 0x85ebca6b)
    }
    low = Math.imul(low ^ (high >>> 13) ^ fingerprint.length, 0xc2b2ae35)
    high = Math.imul(high ^ (low >>> 16), 0x27d4eb2f)
    return `${(low >>> 0).toString(36)}.${(high >>> 0).toString(36)}`
  })
}
