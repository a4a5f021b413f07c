/** Longest value of a dimension or tag: names fit, and no caller can fill the ledger with one. In UTF-16 units. */
export const MAX_VALUE_LENGTH = 200

// C0, DEL and C1 break terminals and logs; the directional marks make one name look like another.
const INVISIBLE = /[\p{Cc}\u200e\u200f\u202a-\u202e\u2066-\u2069]/gu

/** A value as it may stand in the books: no control characters, trimmed, bounded. Null when nothing is left. */
export function cleanValue(value: string | null | undefined): string | null {
  if (value == null) return null
  // Cut first: the work stays bounded however long a header is.
  const visible = value
    .slice(0, 4 * MAX_VALUE_LENGTH)
    .replace(INVISIBLE, '')
    .trim()
  const bounded = visible.slice(0, MAX_VALUE_LENGTH)
  return withoutHalfCharacter(bounded).trim() || null
}

/** Cutting may leave the first half of a surrogate pair, which no database or JSON reader likes. */
function withoutHalfCharacter(text: string): string {
  const last = text.charCodeAt(text.length - 1)
  return last >= 0xd800 && last <= 0xdbff ? text.slice(0, -1) : text
}

/**
 * A header's value as its sender meant it. Node reads header bytes as Latin-1, while Python and Go send UTF-8:
 * `Ã©` becomes `é` again. A value that is no UTF-8 is left as it came.
 */
export function decodeHeader(value: string): string {
  let percentEncoded = ''
  let isAscii = true
  for (const character of value.slice(0, 4 * MAX_VALUE_LENGTH)) {
    const code = character.charCodeAt(0)
    if (code > 0xff) return value
    if (code > 0x7f) isAscii = false
    percentEncoded += `%${code.toString(16).padStart(2, '0')}`
  }
  if (isAscii) return value
  try {
    return decodeURIComponent(percentEncoded)
  } catch {
    return value
  }
}
