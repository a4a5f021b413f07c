import type { ByteString } from './byte-strings.ts'
import type { Vocabulary } from './vocabulary.ts'

/** Up to this length a plain scan for the best pair is faster than a heap. */
const SCAN_LENGTH = 96

/**
 * Splits one piece of text into tokens by merging the best-ranked neighbours until none can be. A scan per merge, as
 * usual elsewhere, is quadratic: a rule of ten thousand dashes then takes seconds. With a heap it is n log n.
 * Returns token numbers; their count is the piece's length in tokens.
 */
export function mergePairs(piece: ByteString, vocabulary: Vocabulary): number[] {
  const whole = vocabulary.rank(piece, 0, piece.length)
  if (whole >= 0) return [whole]
  const starts = piece.length <= SCAN_LENGTH ? scanMerges(piece, vocabulary) : heapMerges(piece, vocabulary)
  return starts.map((start, index) => vocabulary.rank(piece, start, starts[index + 1] ?? piece.length))
}

/** Start offsets of the parts that are left. */
function scanMerges(piece: ByteString, vocabulary: Vocabulary): number[] {
  const starts = Array.from({ length: piece.length + 1 }, (_, offset) => offset)
  const rankAt = (index: number) => {
    const end = starts[index + 2]
    const rank = end === undefined ? -1 : vocabulary.rank(piece, starts[index] ?? 0, end)
    return rank < 0 ? Infinity : rank
  }
  const pairRanks = starts.map((_, index) => rankAt(index))
  for (;;) {
    let best = 0
    for (let index = 1; index < pairRanks.length; index++) {
      if ((pairRanks[index] ?? Infinity) < (pairRanks[best] ?? Infinity)) best = index
    }
    if ((pairRanks[best] ?? Infinity) === Infinity) break
    starts.splice(best + 1, 1)
    pairRanks.splice(best + 1, 1)
    pairRanks[best] = rankAt(best)
    if (best > 0) pairRanks[best - 1] = rankAt(best - 1)
  }
  starts.pop()
  return starts
}

/** The same by a heap of pairs; a pair that a neighbouring merge has changed is left in it and skipped when it comes up. */
function heapMerges(piece: ByteString, vocabulary: Vocabulary): number[] {
  const length = piece.length
  const next = new Int32Array(length + 1)
  const previous = new Int32Array(length + 1)
  const versions = new Int32Array(length + 1)
  for (let offset = 0; offset <= length; offset++) {
    next[offset] = offset + 1
    previous[offset] = offset - 1
  }
  const at = (array: Int32Array, offset: number) => array[offset] as number
  const heap = new PairHeap(2 * length)
  const offerPair = (start: number) => {
    versions[start] = at(versions, start) + 1
    const middle = at(next, start)
    if (middle >= length) return
    const end = at(next, middle)
    const rank = vocabulary.rank(piece, start, end)
    if (rank >= 0) heap.push(rank, start, at(versions, start))
  }

  for (let offset = 0; offset < length - 1; offset++) offerPair(offset)
  while (heap.pop()) {
    const { start, version } = heap
    if (at(versions, start) !== version) continue
    const middle = at(next, start)
    versions[middle] = -1
    next[start] = at(next, middle)
    if (at(next, start) <= length) previous[at(next, start)] = start
    offerPair(start)
    if (at(previous, start) >= 0) offerPair(at(previous, start))
  }
  const starts: number[] = []
  for (let offset = 0; offset < length; offset = at(next, offset)) starts.push(offset)
  return starts
}

/** A binary heap of pairs in flat arrays, the lowest rank first and of equals the leftmost. */
class PairHeap {
  start = 0
  version = 0
  #size = 0
  #ranks: Int32Array
  #starts: Int32Array
  #versions: Int32Array

  constructor(capacity: number) {
    this.#ranks = new Int32Array(capacity + 16)
    this.#starts = new Int32Array(capacity + 16)
    this.#versions = new Int32Array(capacity + 16)
  }

  push(rank: number, start: number, version: number): void {
    if (this.#size === this.#ranks.length) this.#grow()
    let index = this.#size++
    while (index > 0) {
      const parent = (index - 1) >> 1
      if (!this.#isBefore(rank, start, parent)) break
      this.#move(parent, index)
      index = parent
    }
    this.#set(index, rank, start, version)
  }

  /** Takes the first pair out into `start` and `version`; false when there is none. */
  pop(): boolean {
    if (this.#size === 0) return false
    this.start = this.#starts[0] as number
    this.version = this.#versions[0] as number
    const last = --this.#size
    const rank = this.#ranks[last] as number
    const start = this.#starts[last] as number
    const version = this.#versions[last] as number
    let index = 0
    for (;;) {
      let child = 2 * index + 1
      if (child >= last) break
      const right = child + 1
      if (right < last && this.#isBefore(this.#ranks[right] as number, this.#starts[right] as number, child))
        child = right
      if (this.#isBefore(rank, start, child)) break
      this.#move(child, index)
      index = child
    }
    this.#set(index, rank, start, version)
    return true
  }

  #isBefore(rank: number, start: number, other: number): boolean {
    const otherRank = this.#ranks[other] as number
    return rank < otherRank || (rank === otherRank && start < (this.#starts[other] as number))
  }

  #move(from: number, to: number): void {
    this.#set(to, this.#ranks[from] as number, this.#starts[from] as number, this.#versions[from] as number)
  }

  #set(index: number, rank: number, start: number, version: number): void {
    this.#ranks[index] = rank
    this.#starts[index] = start
    this.#versions[index] = version
  }

  #grow(): void {
    const doubled = (array: Int32Array) => {
      const larger = new Int32Array(array.length * 2)
      larger.set(array)
      return larger
    }
    this.#ranks = doubled(this.#ranks)
    this.#starts = doubled(this.#starts)
    this.#versions = doubled(this.#versions)
  }
}
