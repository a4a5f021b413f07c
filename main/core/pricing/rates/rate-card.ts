import type { Priced } from '../../../../shared/calls/call.ts'
import type { UsdNanos } from '../../../../shared/values/money.ts'

/** Prices per million tokens in nano-dollars, as they hold for one call: its date, its total input, its service tier. */
export interface Rates {
  input: UsdNanos
  cacheRead: UsdNanos
  cacheWrite5m: UsdNanos
  cacheWrite1h: UsdNanos
  output: UsdNanos
  /** Reasoning tokens are a part of output and nearly always cost the same. */
  reasoning: UsdNanos
  audioInput: UsdNanos
  audioCacheRead: UsdNanos
  audioOutput: UsdNanos
  imageInput: UsdNanos
  imageCacheRead: UsdNanos
  imageOutput: UsdNanos
  /** Per request, in nano-dollars. */
  perRequest: UsdNanos
  /** By piece, in nano-dollars: tools by name (`web_search`), `audio_seconds`, `pages`, `search_units`. */
  perToolUse: Readonly<Record<string, UsdNanos>>
}

export interface PriceQuestion {
  /** Our provider id (`xai`); ids of the dataset (`x-ai`) are understood too. */
  provider: string
  /** The response's model where there is one, else the requested. */
  model: string | null
  atMs: number
  inputTokens: number
  serviceTier: string | null
  batch: boolean
}

/** An answer always has rates: an unknown model gets the provider's highest text rates and says `ceiling`. */
export interface RateCard {
  rates: Rates
  priced: Exclude<Priced, 'provider'>
  /** Names the dataset and its date, so that a row can be priced again: `genai-prices@2026-09-12`. */
  priceVersion: string
  contextWindow: number | null
  maxOutputTokens: number | null
  /** The model's id in the dataset, for alternatives and aliases. */
  modelId: string | null
}

/** Where rates come from. Pure: the dataset is data. */
export interface PriceBook {
  rateCard(question: PriceQuestion): RateCard
  version: string
}
