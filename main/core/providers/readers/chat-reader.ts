import { isObject, type JsonObject, listOf, memberAt, objectOf } from '../../metering/framing/lenient-json.ts'
import { ObservedResponse } from '../../metering/usage/observed-response.ts'
import type { UsageReader } from '../../metering/usage/usage-reader.ts'
import { googleTier } from '../../metering/usage-reports/gemini-usage.ts'
import { type OpenAiUsageRules, openAiUsage } from '../../metering/usage-reports/openai-usage.ts'

/** Responses of Chat Completions, legacy completions and FIM, plain and streamed. */
export function chatReader(rules: OpenAiUsageRules = {}): UsageReader {
  const seen = new ObservedResponse((raw) => openAiUsage(raw, rules))
  return {
    body(value, _headers, httpStatus) {
      const body = objectOf(value)
      takeChunk(seen, body, 'message')
      if (httpStatus >= 400 || isError(body)) seen.fail()
      seen.done()
    },
    event(name, value) {
      if (value === '[DONE]') return seen.done()
      const chunk = objectOf(value)
      takeChunk(seen, chunk, 'delta')
      if (isError(chunk) || name === 'error') seen.fail()
    },
    reading: () => seen.reading,
    isOurs: isUsageOnly,
  }
}

/** The extra last chunk that `include_usage` brings: no choices, only usage. */
function isUsageOnly(value: unknown): boolean {
  return isObject(value) && Array.isArray(value['choices']) && value['choices'].length === 0 && isObject(value['usage'])
}

function takeChunk(seen: ObservedResponse, chunk: JsonObject, partName: 'delta' | 'message'): void {
  seen.identify(chunk['id'], chunk['model'])
  for (const item of listOf(chunk['choices'])) takeChoice(seen, objectOf(item), partName)
  seen.tier(chunk['service_tier'])
  // Groq streams put it beside the chunk; old ones put it nowhere else.
  const aside = objectOf(memberAt(chunk, 'x_groq', 'usage'))
  const usage = isObject(chunk['usage']) ? chunk['usage'] : aside
  seen.tier(googleTier(usage['service_tier'], memberAt(usage, 'extra_properties', 'google', 'traffic_type')))
  if (Object.keys(usage).length > 0) seen.report(usage)
}

/** A plain body's text is its message; a stream's is its deltas (Perplexity repeats the message so far beside each). */
function takeChoice(seen: ObservedResponse, choice: JsonObject, partName: 'delta' | 'message'): void {
  seen.finish(choice['finish_reason'])
  seen.output(choice['text'])
  const part = objectOf(choice[partName])
  takeContent(seen, part['content'])
  seen.output(part['reasoning_content'] ?? part['reasoning'])
  seen.output(part['refusal'])
  const calls = [...listOf(part['tool_calls']).map((call) => memberAt(call, 'function')), part['function_call']]
  for (const call of calls) {
    seen.toolCall(memberAt(call, 'name'))
    seen.output(memberAt(call, 'arguments'))
  }
}

/** Text, or Mistral's list of parts with thinking inside. */
function takeContent(seen: ObservedResponse, content: unknown): void {
  if (typeof content === 'string') return seen.output(content)
  for (const part of listOf(content)) {
    seen.output(memberAt(part, 'text'))
    for (const thought of listOf(memberAt(part, 'thinking'))) seen.output(memberAt(thought, 'text'))
  }
}

function isError(body: JsonObject): boolean {
  return isObject(body['error']) || typeof body['error'] === 'string' || body['object'] === 'error'
}
