import { existsSync } from 'node:fs'
import { tokensByBytes } from '../../core/metering/tokens/estimate.ts'
import type { Tokenizer } from '../../core/metering/tokens/tokenizer.ts'
import { createTokenMemory } from './token-memory.ts'
import { createTokenThread, type TokenThread } from './token-thread.ts'

/** A text longer than this is estimated by its bytes: counting 2 MB of the worst text takes the thread a second. */
export const MAX_COUNTED_BYTES = 2_000_000

export interface TokenCounterOptions {
  /** The built worker (`out/token-worker.cjs`). Where there is none, as when run from sources, it counts in this thread. */
  workerPath: string | null
  /** Told when tokens were estimated by bytes instead of counted, and why. */
  onEstimate?: (reason: string) => void
}

/** o200k tokens of texts, in their order; not exact where some were estimated by their bytes. */
export interface CountedTexts {
  tokens: number[]
  isExact: boolean
}

/** Counts text in o200k tokens, in the order given. Never throws, never blocks the loop for long. */
export interface TokenCounter {
  /** At once when every text was counted before, else a promise. */
  countMessages(texts: readonly string[]): CountedTexts | Promise<CountedTexts>
  count(text: string): number | Promise<number>
  /** Starts the thread and loads the vocabulary before the first call needs it. */
  warm(): Promise<void>
  close(): Promise<void>
}

export function createTokenCounter(options: TokenCounterOptions): TokenCounter {
  const memory = createTokenMemory()
  let thread: TokenThread | null = null

  function countingThread(): TokenThread {
    thread ??=
      options.workerPath && existsSync(options.workerPath) ? createTokenThread(options.workerPath) : inThisThread()
    return thread
  }

  async function countMissing(texts: string[]): Promise<CountedTexts> {
    try {
      return { tokens: await countingThread().count(texts), isExact: true }
    } catch (error) {
      options.onEstimate?.(error instanceof Error ? error.message : String(error))
      return { tokens: texts.map((text) => tokensByBytes(Buffer.byteLength(text))), isExact: false }
    }
  }

  function countMessages(texts: readonly string[]): CountedTexts | Promise<CountedTexts> {
    const counts: number[] = []
    const missing: { index: number; key: string; text: string }[] = []
    for (const [index, text] of texts.entries()) {
      const byBytes = estimateWhenTooLong(text)
      if (byBytes !== null) {
        counts[index] = byBytes
        continue
      }
      const key = memory.key(text)
      const known = memory.get(key)
      counts[index] = known ?? 0
      if (known === undefined) missing.push({ index, key, text })
    }
    if (missing.length === 0) return { tokens: counts, isExact: true }
    return countMissing(missing.map(({ text }) => text)).then(({ tokens, isExact }) => {
      for (const [position, { index, key }] of missing.entries()) {
        const count = tokens[position] ?? 0
        counts[index] = count
        // An estimate is not remembered: the thread may be back for the next turn.
        if (isExact) memory.set(key, count)
      }
      return { tokens: counts, isExact }
    })
  }

  function estimateWhenTooLong(text: string): number | null {
    // No character takes more than three bytes a code unit, so most texts need not be measured.
    if (text.length * 3 <= MAX_COUNTED_BYTES) return null
    const bytes = Buffer.byteLength(text)
    if (bytes <= MAX_COUNTED_BYTES) return null
    options.onEstimate?.(`a text of ${bytes} bytes is too long to be counted`)
    return tokensByBytes(bytes)
  }

  return {
    countMessages,
    count(text) {
      const counted = countMessages([text])
      return 'tokens' in counted ? (counted.tokens[0] ?? 0) : counted.then(({ tokens }) => tokens[0] ?? 0)
    },
    async warm() {
      await countMissing([''])
    },
    async close() {
      await thread?.close()
      thread = null
    },
  }
}

/** Counts here, for runs from sources. The specifier is a variable so that no bundle carries the vocabulary. */
function inThisThread(): TokenThread {
  const sources = '../../core/metering/tokens/tokenizer.ts'
  const tokenizer = import(/* @vite-ignore */ sources) as Promise<{ loadTokenizer(): Promise<Tokenizer> }>
  const loaded = tokenizer.then(({ loadTokenizer }) => loadTokenizer())
  // The caller hears of a failure; a rejection that nobody awaits yet must not end the process.
  loaded.catch(() => {})
  return {
    async count(texts) {
      const { count } = await loaded
      return texts.map(count)
    },
    close: async () => {},
  }
}
