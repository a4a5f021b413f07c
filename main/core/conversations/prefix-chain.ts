/** For each length of a history, a hash of all its fingerprints up to there. */
export interface PrefixChain {
  length: number
  /** Stands for the first `index` + 1 messages. */
  link(index: number): string
}

/** The chain of a whole history, and of its dialogue alone. */
export interface PrefixChains {
  whole: PrefixChain
  dialogue: PrefixChain
}

/**
 * The fingerprints are keyed hashes already, so a mixing function without a key is enough to make one of many; 2 × 32
 * bits meet by accident once in billions of conversations. Both chains are made in one walk, which reads each fingerprint
 * once: a long history has thousands. Links become text only where they are looked at.
 */
export function prefixChains(fingerprints: readonly string[], isDialogue: (index: number) => boolean): PrefixChains {
  const whole = new GrowingChain(fingerprints.length)
  const dialogue = new GrowingChain(fingerprints.length)
  for (let at = 0; at < fingerprints.length; at += 1) {
    const fingerprint = fingerprints[at] ?? ''
    let low = 0x811c9dc5
    let high = 0x1b873593
    for (let index = 0; index < fingerprint.length; index += 1) {
      const code = fingerprint.charCodeAt(index)
      low = Math.imul(low ^ code, 0x01000193)
      high = Math.imul(high ^ code ^ (low >>> 15), 0x85ebca6b)
    }
    whole.add(low, high)
    if (isDialogue(at)) dialogue.add(low, high)
  }
  return { whole, dialogue }
}

class GrowingChain implements PrefixChain {
  length = 0
  readonly #lows: Uint32Array
  readonly #highs: Uint32Array
  #low = 0x811c9dc5
  #high = 0x1b873593

  constructor(room: number) {
    this.#lows = new Uint32Array(room)
    this.#highs = new Uint32Array(room)
  }

  /** Order counts: what is mixed in later is mixed with all that came before. */
  add(low: number, high: number): void {
    this.#low = Math.imul(Math.imul(this.#low, 0x01000193) ^ low ^ (this.#high >>> 13), 0xc2b2ae35)
    this.#high = Math.imul(Math.imul(this.#high, 0x85ebca6b) ^ high ^ (this.#low >>> 16), 0x27d4eb2f)
    this.#lows[this.length] = this.#low
    this.#highs[this.length] = this.#high
    this.length += 1
  }

  link(index: number): string {
    return `${(this.#lows[index] ?? 0).toString(36)}.${(this.#highs[index] ?? 0).toString(36)}`
  }
}
