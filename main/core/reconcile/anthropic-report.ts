import {
  wholeOf,
  type JsonObject,
  listOf,
  memberAt,
  numberOf,
  objectOf,
  textOf,
} from '../metering/framing/lenient-json.ts'
import type { ReportedUsage, ReportPage, ReportQuery } from './reported-usage.ts'

/** Costs come in cents, with decimals. */
const NANOS_PER_CENT = 10_000_000

/** Usage by model, and costs by their description. https://platform.claude.com/docs/en/build-with-claude/usage-cost-api */
export function anthropicQueries(sinceMs: number, untilMs: number): ReportQuery[] {
  const parameters = (group: string) =>
    [
      ['starting_at', new Date(sinceMs).toISOString()],
      ['ending_at', new Date(untilMs).toISOString()],
      ['bucket_width', '1d'],
      ['group_by[]', group],
      ['limit', '31'],
    ] as const
  return [
    { path: '/v1/organizations/usage_report/messages', parameters: parameters('model') },
    { path: '/v1/organizations/cost_report', parameters: parameters('description') },
  ]
}

/** A page of either report; anything else reads as an empty one. */
export function readAnthropicPage(document: unknown): ReportPage {
  const page = objectOf(document)
  const usages = listOf(page['data']).flatMap((bucket) => {
    const day = textOf(memberAt(bucket, 'starting_at'))?.slice(0, 10)
    return day ? listOf(memberAt(bucket, 'results')).flatMap((result) => usageOf(day, objectOf(result))) : []
  })
  return { usages, nextPage: page['has_more'] === true ? textOf(page['next_page']) : null }
}

function usageOf(day: string, result: JsonObject): ReportedUsage[] {
  const cents = numberOf(result['amount'])
  const nothing = {
    provider: 'anthropic',
    day,
    calls: null,
    inputTokens: 0,
    cacheReadTokens: 0,
    outputTokens: 0,
    costNanos: null,
  } as const
  if (cents !== null) {
    const model = textOf(result['model']) ?? textOf(result['cost_type']) ?? 'other'
    return [{ ...nothing, model, costNanos: Math.round(cents * NANOS_PER_CENT) }]
  }
  const model = textOf(result['model'])
  const uncached = wholeOf(result['uncached_input_tokens'])
  if (model === null || uncached === null) return []
  const cacheReadTokens = wholeOf(result['cache_read_input_tokens']) ?? 0
  const written =
    (wholeOf(memberAt(result, 'cache_creation', 'ephemeral_5m_input_tokens')) ?? 0) +
    (wholeOf(memberAt(result, 'cache_creation', 'ephemeral_1h_input_tokens')) ?? 0)
  const outputTokens = wholeOf(result['output_tokens']) ?? 0
  return [{ ...nothing, model, inputTokens: uncached + cacheReadTokens + written, cacheReadTokens, outputTokens }]
}
