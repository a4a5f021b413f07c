import type { Dataset, DatasetModel } from '../dataset/dataset.ts'
import { listRates, pricesAt } from './list-rates.ts'
import type { Rates } from './rate-card.ts'
import { toolFees } from './tool-fees.ts'

/** Where an unknown provider's ceiling is taken from. */
export const BIG_THREE = ['openai', 'anthropic', 'google'] as const

/**
 * Models that no longer answer but still stand in the dataset. An unknown model is a new one, not one of these, and
 * with them OpenAI's ceiling would be $600 per million, which refuses everything rather than holding a cap.
 */
const RETIRED =
  /(^|[/.:])(gpt-3|gpt-4(-|$)|gpt-4\.5|ft:|o1(-|$)|(text-)?(davinci|curie|babbage|ada)\b|claude-(2|3-|3\.|v1|instant))/
/** Text only: models priced for audio and images cost more, and say so in their names. */
const NOT_TEXT = /realtime|audio|image|tts|transcri|whisper|embed|rerank|moderation|live|voice|video|sonic/

/**
 * Rates that no current text model of these providers exceeds: the highest input rate and the highest output rate, at the
 * prices of that moment and for that much input. Cached input gets no discount and cache writes cost what Anthropic
 * charges for them, the highest there is. Null when the dataset knows no such model.
 */
export function ceilingRates(
  dataset: Dataset,
  provider: string,
  priceProviders: readonly string[],
  atMs: number,
  inputTokens: number,
): Rates | null {
  let input = 0
  let output = 0
  for (const id of priceProviders) {
    for (const model of dataset.provider(id)?.models ?? []) {
      if (!isCurrentText(model, provider)) continue
      const rates = listRates(provider, model.id, pricesAt(model, atMs), inputTokens)
      input = Math.max(input, rates.input)
      output = Math.max(output, rates.output)
    }
  }
  if (input === 0 && output === 0) return null
  return {
    input,
    cacheRead: input,
    cacheWrite5m: Math.ceil((input * 5) / 4),
    cacheWrite1h: input * 2,
    output,
    reasoning: output,
    audioInput: input,
    audioCacheRead: input,
    audioOutput: output,
    imageInput: input,
    imageCacheRead: input,
    imageOutput: output,
    perRequest: 0,
    perToolUse: toolFees(provider, () => null),
  }
}

function isCurrentText(model: DatasetModel, provider: string): boolean {
  const id = model.id.toLowerCase()
  if (model.deprecated || RETIRED.test(id) || NOT_TEXT.test(id)) return false
  // Google sells Claude on Vertex only, though the dataset lists both under one provider.
  return !(provider === 'google' && id.includes('claude'))
}
