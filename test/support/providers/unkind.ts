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
  /** Input that is billed, as a share of what a fair count of it says; 1 when left out. */
  inputFactor?: number
}

/** A far end that is hard to budget for: answers of 200–2,000 tokens in chunks of 1–400, and deaf for 250 ms when told to stop. */
export function unkind({ seed, scale, hidden = false, inputFactor = 1 }: Unkindness): Partial<FakeBehaviour> {
  const random = seeded(seed)
  return {
    outputTokens: () => 200 + Math.floor(random() * 1_800),
    chunkTokens: () => 1 + Math.floor(random() * 400),
    hiddenTokens: () => (hidden ? Math.floor(random() * 1_500) : 0),
    inputTokens: ({ estimatedInputTokens }) => Math.ceil(estimatedInputTokens * inputFactor),
    latencyMs: () => (50 + random() ** 3 * 19_950) * scale,
    afterAbortMs: 250,
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
