import { isObject, type JsonObject, listOf, memberAt, objectOf } from '../../metering/framing/lenient-json.ts'
import { ObservedResponse } from '../../metering/usage/observed-response.ts'
import type { UsageReader } from '../../metering/usage/usage-reader.ts'
import { geminiUsage, googleTier } from '../../metering/usage-reports/gemini-usage.ts'

/** Responses of generateContent, streamGenerateContent and embedContent. */
export function geminiReader(): UsageReader {
  const seen = new ObservedResponse(geminiUsage)
  return {
    body(value, _headers, httpStatus) {
      takeChunk(seen, objectOf(value))
      if (httpStatus >= 400) seen.fail()
      seen.done()
    },
    event: (_name, value) => takeChunk(seen, objectOf(value)),
    reading: () => seen.reading,
  }
}

function takeChunk(seen: ObservedResponse, outer: JsonObject): void {
  // Code Assist wraps the answer once more.
  const chunk = isObject(outer['response']) ? outer['response'] : outer
  seen.identify(chunk['responseId'], chunk['modelVersion'])
  for (const item of listOf(chunk['candidates'])) takeCandidate(seen, objectOf(item))
  if (memberAt(chunk, 'promptFeedback', 'blockReason') !== undefined) {
    seen.finish(memberAt(chunk, 'promptFeedback', 'blockReason'))
  }
  if (isObject(chunk['usageMetadata'])) {
    seen.tier(googleTier(chunk['usageMetadata']['serviceTier'], chunk['usageMetadata']['trafficType']))
    seen.report(chunk['usageMetadata'])
  }
  if (isObject(chunk['error'])) {
    seen.fail()
    seen.done()
  }
}

function takeCandidate(seen: ObservedResponse, candidate: JsonObject): void {
  for (const item of listOf(memberAt(candidate, 'content', 'parts'))) {
    const part = objectOf(item)
    seen.output(part['text'] ?? memberAt(part, 'executableCode', 'code'))
    if (!isObject(part['functionCall'])) continue
    seen.toolCall(part['functionCall']['name'])
    seen.output(JSON.stringify(part['functionCall']['args'] ?? {}))
  }
  // No sign of the end: with tools that Google runs, a stream goes on after a reason was given, and so does its usage.
  const reason = candidate['finishReason']
  if (typeof reason === 'string' || typeof reason === 'number') seen.finish(reason === 1 ? 'STOP' : String(reason))
  const queries = listOf(memberAt(candidate, 'groundingMetadata', 'webSearchQueries'))
  if (queries.length > 0) seen.setToolUse('web_search', queries.length)
}
