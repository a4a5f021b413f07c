import { NANOS_PER_USD, type UsdNanos } from '../../../../shared/values/money.ts'
import type { DatasetModel, DatasetPrices, DatedPrices } from '../dataset/dataset.ts'
import type { Rates } from './rate-card.ts'
import { toolFees } from './tool-fees.ts'

/** The prices in force at a moment: the last dated entry that fits, since the dataset lists the newest last. */
export function pricesAt(model: DatasetModel, atMs: number): DatasetPrices {
  if (!isDated(model.prices)) return model.prices
  for (let index = model.prices.length - 1; index >= 0; index--) {
    const entry = model.prices[index]
    if (entry && isInForce(entry, atMs)) return entry.prices
  }
  return model.prices[0]?.prices ?? {}
}

/** Every set of prices the model ever had; for what has to hold at any time of day. */
export function allPrices(model: DatasetModel): DatasetPrices[] {
  return isDated(model.prices) ? model.prices.map((entry) => entry.prices) : [model.prices]
}

/** Total input above which some rate changes, ascending; empty for a flat price. */
export function tierStarts(prices: DatasetPrices): number[] {
  const starts = new Set<number>()
  for (const price of Object.values(prices)) {
    if (typeof price === 'object') for (const tier of price.tiers) starts.add(tier.start)
  }
  return [...starts].sort((a, b) => a - b)
}

/**
 * The dataset's prices as rates. A long-context tier holds for every token of the call once its total input, cache
 * included, exceeds the tier's start. What the dataset leaves out falls to the next general rate, never to zero:
 * cached input without its own price costs full input, audio and images cost text.
 */
export function listRates(provider: string, modelId: string, prices: DatasetPrices, inputTokens: number): Rates {
  const dollars = (key: string): number | null => {
    const price = prices[key]
    if (price === undefined) return null
    if (typeof price === 'number') return price
    let rate = price.base
    let highest = -1
    for (const tier of price.tiers) {
      if (inputTokens > tier.start && tier.start > highest) {
        rate = tier.price
        highest = tier.start
      }
    }
    return rate
  }
  const rate = (key: string): UsdNanos | null => {
    const value = dollars(key)
    return value === null ? null : toNanos(value)
  }

  const input = rate('input_mtok') ?? 0
  const output = rate('output_mtok') ?? 0
  const cacheRead = rate('cache_read_mtok') ?? input
  // Anthropic's multipliers, which hold wherever Claude is sold: 1.25× for five minutes, 2× for an hour.
  const isClaude = /claude/i.test(modelId)
  const cacheWrite5m = rate('cache_write_mtok') ?? (isClaude ? Math.ceil((input * 5) / 4) : input)
  const cacheWrite1h = rate('cache_write_1h_mtok') ?? (isClaude ? input * 2 : cacheWrite5m)
  return {
    input,
    cacheRead,
    cacheWrite5m,
    cacheWrite1h,
    output,
    reasoning: rate('output_reasoning_mtok') ?? output,
    audioInput: rate('input_audio_mtok') ?? input,
    audioCacheRead: rate('cache_audio_read_mtok') ?? cacheRead,
    audioOutput: rate('output_audio_mtok') ?? output,
    imageInput: rate('input_image_mtok') ?? input,
    imageCacheRead: rate('cache_image_read_mtok') ?? cacheRead,
    imageOutput: rate('output_image_mtok') ?? rate('output_video_mtok') ?? output,
    perRequest: Math.ceil((rate('requests_kcount') ?? 0) / 1_000),
    perToolUse: toolFees(provider, dollars),
  }
}

/** Dollars from the dataset's float to whole nano-dollars. Nine places hold every price listed but thirds of a cent. */
function toNanos(dollars: number): UsdNanos {
  return Math.round(dollars * NANOS_PER_USD)
}

function isDated(prices: DatasetModel['prices']): prices is DatedPrices[] {
  return Array.isArray(prices)
}

function isInForce(entry: DatedPrices, atMs: number): boolean {
  const constraint = entry.constraint
  if (!constraint) return true
  if (constraint.type === 'start_date') return atMs >= Date.parse(constraint.start_date)
  const second = Math.floor(atMs / 1_000) % 86_400
  const start = secondOfDay(constraint.start_time)
  const end = secondOfDay(constraint.end_time)
  return end < start ? second >= start || second < end : second >= start && second < end
}

/** `16:30:00Z` → 59,400. The dataset writes times of day in UTC. */
function secondOfDay(time: string): number {
  const [hours = 0, minutes = 0, seconds = 0] = time.replace(/Z$/, '').split(':').map(Number)
  return hours * 3_600 + minutes * 60 + seconds
}
