import type { ByteString } from './byte-strings.ts'

/**
 * Byte strings of a vocabulary with their rank: the lower, the earlier two parts are merged; it is also the token. All of it
 * lies in flat arrays, found by hash: 200,000 strings in a map take sixty megabytes, and this takes five.
 */
export interface Vocabulary {
  longestToken: number
  /** The rank of a part of a byte string; -1 where it is no token. */
  rank(bytes: ByteString, start: number, end: number): number
}

const SPACE = 0x20
const LINE_END = 0x0a
const BASE64 = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/'
const SEXTETS = new Int8Array(128).fill(-1)
for (let value = 0; value < BASE64.length; value++) SEXTETS[BASE64.charCodeAt(value)] = value

/** Reads lines of `! first-rank base64 base64 …`: each token has the rank after the one before it. */
export function readVocabulary(lines: string): Vocabulary {
  const tokens = countSpaces(lines)
  /** Where each token's bytes begin; the last is where they end. */
  const starts = new Uint32Array(tokens + 1)
  const ranks = new Int32Array(tokens)
  const all = new Uint8Array(lines.length)
  let found = 0
  let used = 0
  let longestToken = 0
  for (let at = 0; at < lines.length; ) {
    const end = lineEnd(lines, at)
    // `!`, then the rank of the first.
    const rankAt = lines.indexOf(' ', at) + 1
    const firstAt = lines.indexOf(' ', rankAt) + 1
    let rank = Number(lines.substring(rankAt, firstAt - 1))
    for (let tokenAt = firstAt; rankAt > 0 && firstAt > 0 && tokenAt < end; ) {
      const tokenEnd = wordEnd(lines, tokenAt, end)
      starts[found] = used
      ranks[found++] = rank++
      const before = used
      used = decodeBase64(lines, tokenAt, tokenEnd, all, used)
      longestToken = Math.max(longestToken, used - before)
      tokenAt = tokenEnd + 1
    }
    at = end + 1
  }
  starts[found] = used
  const bytes = all.slice(0, used)
  const table = indexOf(bytes, starts, found)
  const mask = table.length - 1

  function rank(piece: ByteString, start: number, end: number): number {
    const length = end - start
    if (length > longestToken) return -1
    let hash = HASH_START
    for (let offset = start; offset < end; offset++) hash = Math.imul(hash ^ piece.charCodeAt(offset), HASH_FACTOR)
    for (let slot = spread(hash) & mask; ; slot = (slot + 1) & mask) {
      const token = (table[slot] as number) - 1
      if (token < 0) return -1
      const at = starts[token] as number
      if ((starts[token + 1] as number) - at !== length) continue
      let index = 0
      while (index < length && bytes[at + index] === piece.charCodeAt(start + index)) index++
      if (index === length) return ranks[token] as number
    }
  }

  return { longestToken, rank }
}

/** FNV-1a. */
const HASH_START = 0x811c9dc5 | 0
const HASH_FACTOR = 0x01000193
/** Its low bits alone are spread badly for short strings. */
const spread = (hash: number) => hash ^ (hash >>> 15)

/** Places in the list of tokens, by hash, one more than they are: zero is an empty slot. At most half of the slots are taken. */
function indexOf(bytes: Uint8Array, starts: Uint32Array, tokens: number): Int32Array {
  let size = 16
  while (size < tokens * 2) size *= 2
  const table = new Int32Array(size)
  for (let token = 0; token < tokens; token++) {
    let hash = HASH_START
    const end = starts[token + 1] as number
    for (let at = starts[token] as number; at < end; at++) hash = Math.imul(hash ^ (bytes[at] as number), HASH_FACTOR)
    let slot = spread(hash) & (size - 1)
    while (table[slot] !== 0) slot = (slot + 1) & (size - 1)
    table[slot] = token + 1
  }
  return table
}

/** Writes the bytes of base64 digits from `at` on and gives where they end; what is no digit (the padding) ends it. */
function decodeBase64(text: string, start: number, end: number, into: Uint8Array, at: number): number {
  let bits = 0
  let held = 0
  let place = at
  for (let index = start; index < end; index++) {
    const sextet = SEXTETS[text.charCodeAt(index)] ?? -1
    if (sextet < 0) break
    held = (held << 6) | sextet
    bits += 6
    if (bits >= 8) {
      bits -= 8
      into[place++] = (held >> bits) & 0xff
      held &= (1 << bits) - 1
    }
  }
  return place
}

function countSpaces(text: string): number {
  let spaces = 0
  for (let index = 0; index < text.length; index++) if (text.charCodeAt(index) === SPACE) spaces++
  return spaces
}

function lineEnd(text: string, from: number): number {
  const end = text.indexOf('\n', from)
  return end < 0 ? text.length : end
}

function wordEnd(text: string, from: number, end: number): number {
  let at = from
  while (at < end && text.charCodeAt(at) !== SPACE && text.charCodeAt(at) !== LINE_END) at++
  return at
}
