import { TUNING } from './tuning.ts'
/** How a model's streams come in: the largest step, and the fastest pace, in output tokens. */
export interface Pace {
  stepTokens: number
  tokensPerSecond: number
}

/** Before anything was learned: a step of 400 tokens and a pace of some 400 tokens a second. */
const UNLEARNED: Pace = { stepTokens: 400, tokensPerSecond: 400 }
const MAX_MODELS = 500

/** Remembers per model how far a stream can run ahead of what has been seen when it has to be ended. */
export class StreamPaces {
  readonly #learned = new Map<string, Pace>()

  learn(model: string, pace: Pace): void {
    const known = this.#learned.get(model)
    if (this.#learned.size >= MAX_MODELS) this.#learned.clear()
    this.#learned.set(model, {
      stepTokens: Math.max(pace.stepTokens, (known?.stepTokens ?? 0) * TUNING.FADING),
      tokensPerSecond: known
        ? known.tokensPerSecond * TUNING.FADING + pace.tokensPerSecond * (1 - TUNING.FADING)
        : pace.tokensPerSecond,
    })
  }

  /** The margin by which a hold leads what has been seen, in tokens. */
  marginTokens(model: string): number {
    return marginOf(this.#learned.get(model) ?? UNLEARNED)
  }
}

export function marginOf(pace: Pace): number {
  return Math.ceil(pace.stepTokens + (pace.tokensPerSecond * TUNING.ABORT_DELAY_MS) / 1_000)
}

/** The pace of one stream as it runs. Times are passed in. */
export class PaceMeter {
  #firstAtMs: number | null = null
  #firstTokens = 0
  #seenTokens = 0
  #stepTokens = 0
  #tokensPerSecond = 0

  /** Shorter stretches than this say nothing of a pace: chunks come in bursts. */
  static readonly #LEAST_STRETCH_MS = 50

  observe(seenTokens: number, atMs: number): Pace {
    this.#stepTokens = Math.max(this.#stepTokens, seenTokens - this.#seenTokens)
    this.#seenTokens = seenTokens
    if (this.#firstAtMs === null) {
      this.#firstAtMs = atMs
      this.#firstTokens = seenTokens
    }
    const stretchMs = Math.max(PaceMeter.#LEAST_STRETCH_MS, atMs - this.#firstAtMs)
    this.#tokensPerSecond = Math.min(
      TUNING.MAX_TOKENS_PER_SECOND,
      ((seenTokens - this.#firstTokens) * 1_000) / stretchMs,
    )
    return this.pace
  }

  get pace(): Pace {
    return { stepTokens: this.#stepTokens, tokensPerSecond: this.#tokensPerSecond }
  }
}
