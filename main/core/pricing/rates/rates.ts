import type { Rates } from './rate-card.ts'
import { type Factor, scaleRate } from './service-tiers.ts'

/** Everything at nothing. */
export const FREE_RATES: Rates = Object.freeze({
  input: 0,
  cacheRead: 0,
  cacheWrite5m: 0,
  cacheWrite1h: 0,
  output: 0,
  reasoning: 0,
  audioInput: 0,
  audioCacheRead: 0,
  audioOutput: 0,
  imageInput: 0,
  imageCacheRead: 0,
  imageOutput: 0,
  perRequest: 0,
  perToolUse: Object.freeze({}),
})

/** Whether no token, request or piece that the model itself makes costs anything. A provider's searches do not count. */
export function isFree(rates: Rates): boolean {
  const { perToolUse, ...amounts } = rates
  const byPiece = ['audio_seconds', 'pages', 'annotated_pages', 'search_units', 'images'].some(
    (name) => (perToolUse[name] ?? 0) > 0,
  )
  return !byPiece && Object.values(amounts).every((amount) => amount === 0)
}

/** Token rates times a factor; what is charged per request or by piece stays as it is. */
export function scaleRates(rates: Rates, factor: Factor): Rates {
  if (factor.numerator === factor.denominator) return rates
  return {
    input: scaleRate(rates.input, factor),
    cacheRead: scaleRate(rates.cacheRead, factor),
    cacheWrite5m: scaleRate(rates.cacheWrite5m, factor),
    cacheWrite1h: scaleRate(rates.cacheWrite1h, factor),
    output: scaleRate(rates.output, factor),
    reasoning: scaleRate(rates.reasoning, factor),
    audioInput: scaleRate(rates.audioInput, factor),
    audioCacheRead: scaleRate(rates.audioCacheRead, factor),
    audioOutput: scaleRate(rates.audioOutput, factor),
    imageInput: scaleRate(rates.imageInput, factor),
    imageCacheRead: scaleRate(rates.imageCacheRead, factor),
    imageOutput: scaleRate(rates.imageOutput, factor),
    perRequest: rates.perRequest,
    perToolUse: rates.perToolUse,
  }
}
