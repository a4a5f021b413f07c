import { countOf, firstCount, type JsonObject, listOf, memberAt, objectOf, textOf } from '../framing/lenient-json.ts'
import type { UsageReport } from '../usage/observed-response.ts'
import { bucketsFromTotals } from './buckets.ts'

/**
 * Gemini's `usageMetadata`: the prompt includes what was cached, the candidates leave thinking out, and what tools
 * fetched is input counted apart.
 */
export function geminiUsage(raw: JsonObject): UsageReport {
  const prompt = countOf(raw['promptTokenCount'])
  const candidates = firstCount(raw['candidatesTokenCount'], raw['responseTokenCount'])
  const total = countOf(raw['totalTokenCount'])
  if (prompt === null && candidates === null && total === null) return { usage: null }
  const thoughts = countOf(raw['thoughtsTokenCount']) ?? 0
  const promptParts = raw['promptTokensDetails'] ?? raw['promptTokenDetails']
  const outputParts = raw['candidatesTokensDetails'] ?? raw['responseTokensDetails']
  const usage = bucketsFromTotals({
    input: (prompt ?? 0) + (countOf(raw['toolUsePromptTokenCount']) ?? 0),
    cacheRead: countOf(raw['cachedContentTokenCount']),
    output: (candidates ?? 0) + thoughts,
    reasoning: thoughts,
    audioInput: modality(promptParts, 'AUDIO'),
    audioOutput: modality(outputParts, 'AUDIO'),
    imageInput: modality(promptParts, 'IMAGE'),
    imageOutput: modality(outputParts, 'IMAGE'),
  })
  return { usage }
}

/**
 * The tier that served a call. Vertex tells it as a kind of traffic, `ON_DEMAND_FLEX`; what was paid in advance
 * (`PROVISIONED_THROUGHPUT`) and plain `ON_DEMAND` are no tier.
 */
export function googleTier(serviceTier: unknown, trafficType: unknown): string | null {
  return textOf(serviceTier) ?? /^ON_DEMAND_(\w+)$/.exec(textOf(trafficType) ?? '')?.[1]?.toLowerCase() ?? null
}

/** The Interactions API: the same counts in other words. */
export function interactionsUsage(raw: JsonObject): UsageReport {
  const input = countOf(raw['total_input_tokens'])
  const output = countOf(raw['total_output_tokens'])
  if (input === null && output === null) return { usage: null }
  const thoughts = countOf(raw['total_thought_tokens']) ?? 0
  const usage = bucketsFromTotals({
    input: (input ?? 0) + (countOf(raw['total_tool_use_tokens']) ?? 0),
    cacheRead: countOf(raw['total_cached_tokens']),
    output: (output ?? 0) + thoughts,
    reasoning: thoughts,
    audioInput: modality(raw['input_tokens_by_modality'], 'AUDIO'),
    audioOutput: modality(raw['output_tokens_by_modality'], 'AUDIO'),
    imageInput: modality(raw['input_tokens_by_modality'], 'IMAGE'),
    imageOutput: modality(raw['output_tokens_by_modality'], 'IMAGE'),
  })
  return { usage }
}

/** Vertex `predict` on text embeddings: a count beside each vector. */
export function predictUsage(raw: JsonObject): UsageReport {
  let input: number | null = null
  for (const prediction of listOf(raw['predictions'])) {
    const count = countOf(memberAt(prediction, 'embeddings', 'statistics', 'token_count'))
    if (count !== null) input = (input ?? 0) + count
  }
  return { usage: input === null ? null : bucketsFromTotals({ input, output: 0 }) }
}

/** Google numbers its enums where a client asks for `enum-encoding=int`. */
const MODALITY_NUMBERS: Readonly<Record<string, string>> = { '1': 'TEXT', '2': 'IMAGE', '3': 'VIDEO', '4': 'AUDIO' }

function modality(parts: unknown, name: string): number {
  let tokens = 0
  for (const item of listOf(parts)) {
    const part = objectOf(item)
    const stated = String(part['modality']).toUpperCase()
    if ((MODALITY_NUMBERS[stated] ?? stated) === name) tokens += firstCount(part['tokenCount'], part['tokens']) ?? 0
  }
  return tokens
}
