import { dollarsToNanos } from '../usage/dollars-to-nanos.ts'
import {
  countOf,
  firstCount,
  isObject,
  type JsonObject,
  memberAt,
  numberOf,
  objectOf,
} from '../framing/lenient-json.ts'
import type { UsageReport } from '../usage/observed-response.ts'
import { bucketsFromTotals } from './buckets.ts'

/** Where providers of this shape part from OpenAI's meaning of it. */
export interface OpenAiUsageRules {
  /** `completion_tokens` leaves reasoning out wherever reasoning alone is more (Vercel's gateway). */
  reasoningApart?: boolean
  /** `total_tokens` counts thinking that no other field shows (Gemini's OpenAI-compatible API). */
  outputImplied?: boolean
}

/** Ten-billionths of a dollar, xAI's unit of cost. */
const TICKS_PER_NANO = 10

/**
 * Usage as OpenAI reports it, in its chat names (`prompt_tokens`) and its newer ones (`input_tokens`), with what other
 * providers of the shape add. Input includes cache reads and writes.
 */
export function openAiUsage(raw: JsonObject, rules: OpenAiUsageRules = {}): UsageReport {
  const toolUses = toolUsesOf(raw)
  const providerCostNanos = costOf(raw)
  const prompt = firstCount(raw['prompt_tokens'], raw['input_tokens'])
  const completion = firstCount(raw['completion_tokens'], raw['output_tokens'])
  const total = countOf(raw['total_tokens'])
  if (prompt === null && completion === null && total === null) {
    const reported = providerCostNanos !== null || Object.keys(toolUses).length > 0
    return { usage: reported ? bucketsFromTotals({ input: 0, output: 0 }) : null, providerCostNanos, toolUses }
  }
  const inputParts = partsOf(raw, [
    'prompt_tokens_details',
    'input_tokens_details',
    'prompt_token_details',
    'input_token_details',
  ])
  const outputParts = partsOf(raw, ['completion_tokens_details', 'output_tokens_details', 'output_token_details'])
  const audioInput = firstCount(inputParts['audio_tokens'], raw['audio_prompt_tokens'])
  const reasoning = firstCount(outputParts['reasoning_tokens'], raw['reasoning_tokens']) ?? 0
  const input = inputOf(prompt, completion, total, audioInput)
  const usage = bucketsFromTotals({
    input,
    cacheRead: firstCount(
      inputParts['cached_tokens'],
      raw['prompt_cache_hit_tokens'],
      raw['cache_read_input_tokens'],
      raw['cached_tokens'],
      raw['num_cached_tokens'],
    ),
    cacheWrite: firstCount(inputParts['cache_write_tokens'], raw['cache_creation_input_tokens']),
    cacheWrite1h: longWritesOf(raw),
    output: outputOf(completion ?? 0, reasoning, total === null ? null : total - input, rules),
    reasoning,
    audioInput,
    audioOutput: countOf(outputParts['audio_tokens']),
    imageInput: countOf(inputParts['image_tokens']),
    imageOutput: countOf(outputParts['image_tokens']),
  })
  return { usage, providerCostNanos, toolUses }
}

/** Mistral counts audio apart from the prompt, which only the total gives away. */
function inputOf(prompt: number | null, completion: number | null, total: number | null, audio: number | null): number {
  if (prompt === null) return Math.max(0, (total ?? 0) - (completion ?? 0))
  return audio && total === prompt + audio + (completion ?? 0) ? prompt + audio : prompt
}

/** xAI's chat API leaves reasoning out of `completion_tokens`, and its total says so. */
function outputOf(completion: number, reasoning: number, left: number | null, rules: OpenAiUsageRules): number {
  if (reasoning > 0 && left === completion + reasoning) return completion + reasoning
  if (rules.reasoningApart && reasoning > completion) return completion + reasoning
  return rules.outputImplied && left !== null ? Math.max(completion, left) : completion
}

function longWritesOf(raw: JsonObject): number {
  const byLife = objectOf(raw['cache_creation'])
  return (countOf(byLife['ephemeral_1h_input_tokens']) ?? 0) + (countOf(byLife['ephemeral_24h_input_tokens']) ?? 0)
}

function partsOf(raw: JsonObject, names: string[]): JsonObject {
  for (const name of names) if (isObject(raw[name])) return objectOf(raw[name])
  return {}
}

/** The provider's own word: dollars (OpenRouter, Vercel), an object of dollars (Perplexity) or ticks (xAI). */
function costOf(raw: JsonObject): number | null {
  const ticks = numberOf(raw['cost_in_usd_ticks'])
  // Azure passes xAI's field on with nothing in it, and bills the tokens at its own list price.
  if (ticks !== null) return ticks > 0 ? Math.ceil(ticks / TICKS_PER_NANO) : null
  const stated = isObject(raw['cost']) ? memberAt(raw['cost'], 'total_cost') : raw['cost']
  const cost = dollarsToNanos(stated)
  if (cost === null || raw['is_byok'] !== true) return cost
  // With the caller's own key the gateway's cost is its fee alone; the provider is paid besides.
  return cost + (dollarsToNanos(memberAt(raw['cost_details'], 'upstream_inference_cost')) ?? 0)
}

/** What is charged by piece, by the names of the price data. */
function toolUsesOf(raw: JsonObject): Record<string, number> {
  const uses: Record<string, number> = {}
  const add = (name: string, ...values: unknown[]) => {
    const count = values.reduce<number>((sum, value) => sum + (numberOf(value) ?? 0), 0)
    if (count > 0) uses[name] = count
  }
  const tools = objectOf(raw['server_side_tool_usage_details'])
  add(
    'web_search',
    memberAt(raw, 'server_tool_use', 'web_search_requests'),
    tools['web_search_calls'],
    tools['x_search_calls'],
  )
  add('code_interpreter', tools['code_interpreter_calls'])
  add('file_search', tools['file_search_calls'])
  add('search_units', raw['search_units'])
  add('audio_seconds', raw['seconds'])
  add('pages', raw['pages_processed'])
  return uses
}
