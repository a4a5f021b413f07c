import { NO_USAGE } from '../../../../shared/calls/usage.ts'
import { countOf, firstCount, type JsonObject, listOf, memberAt, objectOf } from '../framing/lenient-json.ts'
import type { UsageReport } from '../usage/observed-response.ts'
import { anthropicUsage } from './anthropic-usage.ts'
import { bucketsFromTotals } from './buckets.ts'
import { openAiUsage } from './openai-usage.ts'

const METRICS = 'amazon-bedrock-invocationMetrics'

/** Bedrock Converse (and Nova): the input leaves out cache reads and writes, as Anthropic's does. */
export function converseUsage(raw: JsonObject): UsageReport {
  const input = countOf(raw['inputTokens'])
  const output = countOf(raw['outputTokens'])
  if (input === null && output === null) return { usage: null }
  const written = firstCount(raw['cacheWriteInputTokens'], raw['cacheWriteInputTokenCount']) ?? 0
  let long = 0
  for (const item of listOf(raw['cacheDetails'])) {
    if (memberAt(item, 'ttl') === '1h') long += countOf(memberAt(item, 'inputTokens')) ?? 0
  }
  const cacheWrite1h = Math.min(long, written)
  const cacheRead = firstCount(raw['cacheReadInputTokens'], raw['cacheReadInputTokenCount']) ?? 0
  const cacheWrite5m = written - cacheWrite1h
  return {
    usage: { ...NO_USAGE, uncachedInput: input ?? 0, cacheRead, cacheWrite5m, cacheWrite1h, output: output ?? 0 },
  }
}

/**
 * Bedrock InvokeModel: every model family reports in its own words; Bedrock's own counts, in the last chunk or in the
 * headers, serve where it has none. (Where both stand, they can differ: the family's own is billed.)
 */
export function invokeUsage(report: JsonObject): UsageReport {
  const texts = listOf(report['results']).reduce<number>(
    (sum, item) => sum + (countOf(memberAt(item, 'tokenCount')) ?? 0),
    0,
  )
  const written = countOf(report['totalOutputTextTokenCount']) ?? (texts > 0 ? texts : null)
  const metrics = objectOf(report[METRICS])
  const headers = objectOf(report['headers'])
  const candidates: (() => UsageReport)[] = [
    () => anthropicUsage(report),
    () => converseUsage(report),
    () => (report['prompt_tokens'] === undefined ? { usage: null } : openAiUsage(report)),
    () => (written === null ? { usage: null } : pair(report['inputTextTokenCount'], written)),
    () => pair(report['prompt_token_count'], report['generation_token_count']),
    () =>
      converseUsage({
        ...metrics,
        inputTokens: metrics['inputTokenCount'],
        outputTokens: metrics['outputTokenCount'],
      }),
    () =>
      converseUsage({
        inputTokens: headers['x-amzn-bedrock-input-token-count'],
        outputTokens: headers['x-amzn-bedrock-output-token-count'],
        cacheReadInputTokens: headers['x-amzn-bedrock-cache-read-input-token-count'],
        cacheWriteInputTokens: headers['x-amzn-bedrock-cache-write-input-token-count'],
      }),
    () => pair(report['inputTextTokenCount'], 0),
  ]
  for (const candidate of candidates) {
    const found = candidate()
    if (found.usage) return found
  }
  return { usage: null }
}

/** Cohere bills `billed_units`; the raw tokens hold its own template too. */
export function cohereUsage(raw: JsonObject): UsageReport {
  const billed = objectOf(raw['billed_units'])
  const tokens = objectOf(raw['tokens'])
  const searches = countOf(billed['search_units']) ?? 0
  const toolUses = { ...(searches > 0 ? { search_units: searches } : {}), ...imagesOf(billed) }
  const text = firstCount(billed['input_tokens'], tokens['input_tokens'])
  const images = countOf(billed['image_tokens']) ?? 0
  const output = firstCount(billed['output_tokens'], tokens['output_tokens'])
  const isReported = text !== null || output !== null || images > 0 || Object.keys(toolUses).length > 0
  if (!isReported) return { usage: null }
  const usage = bucketsFromTotals({
    input: (text ?? 0) + images,
    cacheRead: countOf(raw['cached_tokens']),
    output: output ?? 0,
    reasoning: countOf(tokens['reasoning_tokens']),
    imageInput: images,
  })
  return { usage, toolUses }
}

export function ollamaUsage(raw: JsonObject): UsageReport {
  return pair(raw['prompt_eval_count'], raw['eval_count'])
}

/** watsonx streams running totals of what it wrote, and counts the prompt in the first chunk alone. */
export function watsonxUsage(raw: JsonObject): UsageReport {
  return pair(raw['input_token_count'], raw['generated_token_count'])
}

export function alephAlphaUsage(raw: JsonObject): UsageReport {
  return pair(raw['num_tokens_prompt_total'], raw['num_tokens_generated'])
}

function pair(input: unknown, output: unknown): UsageReport {
  const counts = { input: countOf(input), output: countOf(output) }
  if (counts.input === null && (counts.output === null || output === 0)) return { usage: null }
  return { usage: bucketsFromTotals({ input: counts.input ?? 0, output: counts.output ?? 0 }) }
}

function imagesOf(billed: JsonObject): Record<string, number> {
  const images = countOf(billed['images']) ?? 0
  return images > 0 ? { images } : {}
}
