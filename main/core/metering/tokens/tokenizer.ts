import { mergePairs } from './byte-pairs.ts'
import { utf8Bytes } from './byte-strings.ts'
import { readVocabulary } from './vocabulary.ts'

/** Counts text in OpenAI's o200k tokens. Other vendors' tokenizers are not public: see the factors in `estimate`. */
export interface Tokenizer {
  /** Special tokens (`<|endoftext|>`) in the text are text, and are counted by their letters. */
  encode(text: string): number[]
  count(text: string): number
}

/** Pieces repeat, as words do. Longer ones hardly ever, and would only fill the memory. */
const MAX_REMEMBERED_PIECES = 50_000
const MAX_REMEMBERED_LENGTH = 32

/** What js-tiktoken ships: lines of `! first-rank base64 base64 …`, and the expression that cuts text into pieces. */
export interface RankData {
  pat_str: string
  bpe_ranks: string
}

/**
 * Loads the vocabulary: a quarter of a second and 60 MB, so it belongs into a worker and only on first use.
 * This is the one file that imports js-tiktoken, and of it only the data (its merging is quadratic).
 */
export async function loadTokenizer(): Promise<Tokenizer> {
  const { default: data } = await import('js-tiktoken/ranks/o200k_base')
  return createTokenizer(data)
}

export function createTokenizer(data: RankData): Tokenizer {
  const vocabulary = readVocabulary(data.bpe_ranks)
  const pieces = new RegExp(data.pat_str, 'gu')
  const counted = new Map<string, number>()

  function countPiece(piece: string): number {
    const known = counted.get(piece)
    if (known !== undefined) return known
    const tokens = mergePairs(utf8Bytes(piece), vocabulary).length
    if (piece.length <= MAX_REMEMBERED_LENGTH) {
      if (counted.size >= MAX_REMEMBERED_PIECES) counted.clear()
      counted.set(piece, tokens)
    }
    return tokens
  }

  return {
    encode(text) {
      const tokens: number[] = []
      for (const [piece] of text.matchAll(pieces)) {
        for (const token of mergePairs(utf8Bytes(piece), vocabulary)) tokens.push(token)
      }
      return tokens
    },
    count(text) {
      let tokens = 0
      pieces.lastIndex = 0
      for (let match = pieces.exec(text); match; match = pieces.exec(text)) tokens += countPiece(match[0])
      return tokens
    },
  }
}
