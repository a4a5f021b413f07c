/** Letters and digits that one token holds on average, taken low: an estimate that leads a hold must not fall behind. */
const WORD_CHARS_PER_TOKEN = 6

/**
 * Output tokens of a piece of text, roughly and at once: a word is a token for every six letters, a sign is one, a
 * single space belongs to the word after it, and beyond ASCII every UTF-16 unit is one. Good enough to lead a stream's
 * hold while it grows; books are closed on the provider's word or an exact count.
 */
export function roughTokens(text: string): number {
  let tokens = 0
  let word = 0
  let spaces = 0
  for (let index = 0; index < text.length; index += 1) {
    const code = text.charCodeAt(index)
    if (isWord(code)) {
      if (word % WORD_CHARS_PER_TOKEN === 0) tokens += 1
      word += 1
      spaces = 0
      continue
    }
    word = 0
    if (code === 0x20) {
      spaces += 1
      if (spaces === 2) tokens += 1
    } else {
      tokens += 1
      spaces = 0
    }
  }
  return tokens
}

function isWord(code: number): boolean {
  return (code >= 0x61 && code <= 0x7a) || (code >= 0x41 && code <= 0x5a) || (code >= 0x30 && code <= 0x39)
}
