import { dollarsToNanos } from '../metering/usage/dollars-to-nanos.ts'
import { wholeOf, type JsonObject, listOf, memberAt, objectOf, textOf } from '../metering/framing/lenient-json.ts'
import type { ReportedUsage, ReportPage, ReportQuery } from './reported-usage.ts'

const DAY_MS = 86_400_000

/** Usage by model, and costs by line item, in whole UTC days. https://platform.openai.com/docs/api-reference/usage */
export function openAiQueries(sinceMs: number, untilMs: number): ReportQuery[] {
  const days = Math.ceil((untilMs - sinceMs) / DAY_MS)
  const time = [
    ['start_time', String(Math.floor(sinceMs / 1_000))],
    ['end_time', String(Math.ceil(untilMs / 1_000))],
    ['bucket_width', '1d'],
  ] as const
  const usage = ['completions', 'embeddings'].map((kind) => ({
    path: `/v1/organization/usage/${kind}`,
    parameters: [...time, ['group_by', 'model'], ['limit', String(Math.min(31, days))]] as const,
  }))
  const costs = {
    path: '/v1/organization/costs',
    parameters: [...time, ['group_by', 'line_item'], ['limit', String(Math.min(180, days))]] as const,
  }
  return [...usage, costs]
}

/** A page of either report; anything else reads as an empty one. */
export function readOpenAiPage(document: unknown): ReportPage {
  const page = objectOf(document)
  const usages = listOf(page['data']).flatMap((bucket) => {
    const startSeconds = wholeOf(memberAt(bucket, 'start_time'))
    if (startSeconds === null) return []
    const day = new Date(startSeconds * 1_000).toISOString().slice(0, 10)
    return listOf(memberAt(bucket, 'results')).flatMap((result) => usageOf(day, objectOf(result)))
  })
  return { usages, nextPage: page['has_more'] === true ? textOf(page['next_page']) : null }
}

function usageOf(day: string, result: JsonObject): ReportedUsage[] {
  const amount = dollarsToNanos(memberAt(result, 'amount', 'value'))
  if (amount !== null) {
    // `gpt-4o-mini-2024-07-18, input`: one line for each kind of token.
    const model = (textOf(result['line_item']) ?? 'other').split(',')[0] ?? 'other'
    return [{ ...nothing(day, model.trim()), costNanos: amount }]
  }
  const model = textOf(result['model'])
  const inputTokens = wholeOf(result['input_tokens'])
  if (model === null || inputTokens === null) return []
  return [
    {
      ...nothing(day, model),
      calls: wholeOf(result['num_model_requests']) ?? 0,
      inputTokens,
      cacheReadTokens: wholeOf(result['input_cached_tokens']) ?? 0,
      outputTokens: wholeOf(result['output_tokens']) ?? 0,
    },
  ]
}

function nothing(day: string, model: string): ReportedUsage {
  return {
    provider: 'openai',
    day,
    model,
    calls: null,
    inputTokens: 0,
    cacheReadTokens: 0,
    outputTokens: 0,
    costNanos: null,
  }
}
