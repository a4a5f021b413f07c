import type { KeyedHash } from './keyed-hash.ts'

/** As much of a text's two ends as is looked at; what lies between is distinguished by its length. In characters. */
const LOOKED_AT = 4_000
/** Numbers of one text that are compared. */
const MAX_NUMBERS = 32
/** Tokens in a window: with three, a changed word is new and its neighbours are not. */
const WINDOW = 3

/** A text as keyed hashes of its overlapping windows of tokens. Nothing can be read back from it. */
export interface Shingles {
  /** Of each window in order; token `i` is covered by windows `i` to `i + 2`. */
  windows: Uint32Array
  /** Of each token, in characters. */
  lengths: Uint16Array
  /** Plain numbers in order. */
  numbers: readonly number[]
  /** Equal for texts whose windows are equal. */
  mark: number
}

/**
 * Cuts texts into shingles. A token is a run of letters and digits, or one other character. In a loose reading every
 * token that holds a digit is the same token: counters, times, ids and measurements then change no window.
 */
export function createShingler(hash: KeyedHash): (text: string, reading: 'exact' | 'loose') => Shingles {
  // The home's key goes in once; the windows are hashed by a mixing function, because there are thousands of them.
  const seed = fold(0x811c9dc5, hash('shingles'))
  const digits = fold(seed, 'digits')
  return (whole, reading) => {
    const text = bothEnds(whole)
    const isLoose = reading === 'loose'
    const tokens: number[] = []
    const lengths: number[] = []
    const numbers: number[] = []
    for (let at = 0; at < text.length; ) {
      const start = at
      let token = seed
      let hasDigit = false
      let hasLetter = false
      let code = text.charCodeAt(at)
      for (; at < text.length; at += 1) {
        code = text.charCodeAt(at)
        const isDigit = code >= 48 && code <= 57
        if (!isDigit && !isLetter(code)) break
        hasDigit ||= isDigit
        hasLetter ||= !isDigit
        token = step(token, code >= 65 && code <= 90 ? code + 32 : code)
      }
      if (at > start) {
        if (hasDigit && !hasLetter && numbers.length < MAX_NUMBERS) numbers.push(Number(text.slice(start, at)))
        tokens.push(isLoose && hasDigit ? digits : token)
        lengths.push(Math.min(at - start, 0xffff))
        continue
      }
      at += 1
      if (code <= 32 || code === 0xa0) continue
      tokens.push(step(seed, code))
      lengths.push(1)
    }
    const windows = new Uint32Array(tokens.length === 0 ? 0 : tokens.length + WINDOW - 1)
    let mark = seed
    for (let index = 0; index < windows.length; index += 1) {
      let window = isLoose ? seed : ~seed
      for (let back = WINDOW - 1; back >= 0; back -= 1) window = mix(window, tokens[index - back] ?? 0)
      windows[index] = window >>> 0 || 1
      mark = mix(mark, window)
    }
    return { windows, lengths: Uint16Array.from(lengths), numbers, mark: mark >>> 0 }
  }
}

/** Characters of the tokens that no known window covers. */
export function newCharacters({ windows, lengths }: Shingles, isKnown: (window: number) => boolean): number {
  let known = -WINDOW
  let characters = 0
  for (let index = 0; index < windows.length; index += 1) {
    if (isKnown(windows[index] ?? 0)) known = index
    const token = index - WINDOW + 1
    if (token >= 0 && known < token) characters += lengths[token] ?? 0
  }
  return characters
}

function isLetter(code: number): boolean {
  return (code >= 97 && code <= 122) || (code >= 65 && code <= 90) || code === 95 || code > 0xbf
}

function bothEnds(text: string): string {
  return text.length <= 2 * LOOKED_AT ? text : `${text.slice(0, LOOKED_AT)} ${text.length} ${text.slice(-LOOKED_AT)}`
}

function fold(start: number, text: string): number {
  let value = start
  for (let index = 0; index < text.length; index += 1) value = step(value, text.charCodeAt(index))
  return value
}

function step(value: number, code: number): number {
  return Math.imul(value ^ code, 0x01000193)
}

function mix(value: number, token: number): number {
  const mixed = Math.imul(value ^ token, 0x85ebca6b)
  return Math.imul(mixed ^ (mixed >>> 13), 0xc2b2ae35) ^ (mixed >>> 16)
}
