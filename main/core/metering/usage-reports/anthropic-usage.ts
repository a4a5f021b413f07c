import { NO_USAGE, type Usage } from '../../../../shared/calls/usage.ts'
import { countOf, type JsonObject, listOf, memberAt, objectOf, textOf } from '../framing/lenient-json.ts'
import type { UsageReport } from '../usage/observed-response.ts'

/**
 * Usage as Anthropic reports it: `input_tokens` leaves out cache reads and writes. Where a call ran in several
 * iterations (compaction, advisor), the top level leaves some out and all of them are billed, so they are summed.
 */
export function anthropicUsage(raw: JsonObject): UsageReport {
  const top = bucketsOf(raw)
  if (!top) return { usage: null }
  const iterations = listOf(raw['iterations']).flatMap((item) => bucketsOf(objectOf(item)) ?? [])
  const usage = iterations.length > 1 ? larger(top, iterations.reduce(sum)) : top
  return { usage, toolUses: toolUsesOf(raw) }
}

function bucketsOf(raw: JsonObject): Usage | null {
  const input = countOf(raw['input_tokens'])
  const output = countOf(raw['output_tokens'])
  if (input === null && output === null) return null
  const writes = countOf(raw['cache_creation_input_tokens']) ?? 0
  const short = countOf(memberAt(raw, 'cache_creation', 'ephemeral_5m_input_tokens')) ?? 0
  const long = countOf(memberAt(raw, 'cache_creation', 'ephemeral_1h_input_tokens')) ?? 0
  // The breakdown may be missing or fall short of the sum; what has no stated life lives five minutes.
  const written = Math.max(writes, short + long)
  const reasoning = countOf(memberAt(raw, 'output_tokens_details', 'thinking_tokens')) ?? 0
  return {
    ...NO_USAGE,
    uncachedInput: input ?? 0,
    cacheRead: countOf(raw['cache_read_input_tokens']) ?? 0,
    cacheWrite5m: written - long,
    cacheWrite1h: long,
    output: output ?? 0,
    reasoning: Math.min(reasoning, output ?? 0),
  }
}

function sum(a: Usage, b: Usage): Usage {
  return {
    ...a,
    uncachedInput: a.uncachedInput + b.uncachedInput,
    cacheRead: a.cacheRead + b.cacheRead,
    cacheWrite5m: a.cacheWrite5m + b.cacheWrite5m,
    cacheWrite1h: a.cacheWrite1h + b.cacheWrite1h,
    output: a.output + b.output,
  }
}

/** While a stream runs the top level can be ahead of its iterations. */
function larger(top: Usage, iterations: Usage): Usage {
  return iterations.output >= top.output ? { ...iterations, reasoning: top.reasoning } : top
}

function toolUsesOf(raw: JsonObject): Record<string, number> {
  const searches = countOf(memberAt(raw, 'server_tool_use', 'web_search_requests')) ?? 0
  return searches > 0 ? { web_search: searches } : {}
}

/** What changes the price of a call, in a request's body and in a response's usage alike: `standard+fast+us`. */
export function anthropicTier(source: JsonObject): string | null {
  const tiers = [
    textOf(source['service_tier']),
    source['speed'] === 'fast' ? 'fast' : null,
    source['inference_geo'] === 'us' ? 'us' : null,
  ]
  return tiers.filter(Boolean).join('+') || null
}
