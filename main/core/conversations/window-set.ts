/** Windows that one half holds before the older half is forgotten. */
const MAX_HALF = 65_536

/**
 * A set of 32-bit hashes that forgets the oldest: four bytes an entry in open addressing, instead of the forty of a
 * Set. Zero is not a hash. At most 131,072 entries, one megabyte.
 */
export class WindowSet {
  #young = new Uint32Array(128)
  #old: Uint32Array = new Uint32Array(2)
  #count = 0

  /** In bytes. */
  get size(): number {
    return this.#young.byteLength + this.#old.byteLength
  }

  has(window: number): boolean {
    return holds(this.#young, window) || holds(this.#old, window)
  }

  add(window: number): void {
    if (!put(this.#young, window)) return
    this.#count += 1
    if (this.#count * 2 < this.#young.length) return
    if (this.#count >= MAX_HALF) {
      this.#old = this.#young
      this.#young = new Uint32Array(128)
      this.#count = 0
      return
    }
    const grown = new Uint32Array(this.#young.length * 2)
    for (const one of this.#young) if (one !== 0) put(grown, one)
    this.#young = grown
  }
}

function place(table: Uint32Array, window: number): number {
  const last = table.length - 1
  let at = window & last
  while (table[at] !== 0 && table[at] !== window) at = (at + 1) & last
  return at
}

function holds(table: Uint32Array, window: number): boolean {
  return table[place(table, window)] === window
}

/** Whether it is new. */
function put(table: Uint32Array, window: number): boolean {
  const at = place(table, window)
  if (table[at] === window) return false
  table[at] = window
  return true
}
