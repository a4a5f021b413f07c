import type { FakeBehaviour } from './fake-provider.ts'

/** gpt-4o: $2.50 and $10.00 per million tokens, in nano-dollars. */
export const GPT_4O_RATES = { input: 2_500_000_000, output: 10_000_000_000 }

export const ONE_DOLLAR = { id: 'daily', guard: 'spend-cap', limitUsd: '1.00', per: 'day' }

export interface Unkindness {
  seed: number
  /** Latencies are 0.05–20 s times this. */
  scale: number
  /** Reasoning that is billed and never shown. */
  hidden?: boolean
  /** Input that is billed, as a share of what a fair count of it says: from 1 up to this, call by call; 1 when left out. */
  inputFactor?: number
  /** Its cache has moods, and charges for what it takes where it `writes`; without it nothing is cached. */
  cache?: { writes: boolean }
}

/** A far end that is hard to budget for: answers of 200–2,000 tokens in chunks of 1–400, and deaf for 250 ms when told to stop. */
export function unkind({ seed, scale, hidden = false, inputFactor = 1, cache }: Unkindness): Partial<FakeBehaviour> {
  const random = seeded(seed)
  const share = moods(random)
  return {
    outputTokens: () => 200 + Math.floor(random() * 1_800),
    chunkTokens: () => 1 + Math.floor(random() * 400),
    hiddenTokens: () => (hidden ? Math.floor(random() * 1_500) : 0),
    inputTokens: ({ estimatedInputTokens }) => Math.ceil(estimatedInputTokens * (1 + (inputFactor - 1) * random())),
    cachedTokens: ({ estimatedInputTokens }) => (cache ? Math.floor(estimatedInputTokens * share()) : 0),
    writtenTokens: ({ estimatedInputTokens }, cached) => (cache?.writes ? estimatedInputTokens - cached : 0),
    latencyMs: () => (50 + random() ** 3 * 19_950) * scale,
    afterAbortMs: 250,
  }
}

/**
 * What a cache gives of each prompt, 0 to 1, in moods that last for some calls: all of it, nothing (it expired, or another
 * machine was asked), parts, or any of these.
 */
function moods(random: () => number): () => number {
  const hit = () => 0.95
  const miss = () => 0
  const part = () => random() * 0.95
  const any = () => [hit, miss, part][Math.floor(random() * 3)]!()
  const all = [hit, miss, part, any]
  let mood = any
  return () => {
    if (random() < 0.05) mood = all[Math.floor(random() * all.length)]!
    return mood()
  }
}

/** The same numbers in every run: 0 ≤ n < 1. */
export function seeded(seed: number): () => number {
  let state = seed
  return () => {
    state = (state * 1_103_515_245 + 12_345) & 0x7fffffff
    return state / 0x7fffffff
  }
}
