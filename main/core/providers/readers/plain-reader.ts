import { isObject, type JsonObject, memberAt, objectOf } from '../../metering/framing/lenient-json.ts'
import { ObservedResponse, type UsageReport } from '../../metering/usage/observed-response.ts'
import type { UsageReader } from '../../metering/usage/usage-reader.ts'
import { openAiUsage } from '../../metering/usage-reports/openai-usage.ts'

/**
 * Responses that are little more than their usage: embeddings, reranking, images, speech, OCR. `usageOf` finds the
 * report in a body or an event; `interpret` makes usage of it.
 */
export function plainReader(
  interpret: (report: JsonObject) => UsageReport = openAiUsage,
  usageOf: (body: JsonObject) => unknown = usageMember,
): UsageReader {
  const seen = new ObservedResponse(interpret)
  const take = (body: JsonObject) => {
    seen.identify(body['id'], body['model'] ?? body['model_id'])
    const usage = usageOf(body)
    if (isObject(usage)) seen.report(usage)
    if (Array.isArray(body['data']) && isObject(body['data'][0]) && isImage(body['data'][0])) {
      seen.setToolUse('images', body['data'].length)
    }
  }
  return {
    body(value, _headers, httpStatus) {
      const body = objectOf(value)
      take(body)
      seen.output(body['text'])
      if (httpStatus >= 400 || body['error']) seen.fail()
      seen.done()
    },
    event(name, value) {
      const event = objectOf(value)
      const type = event['type'] ?? name
      take(event)
      seen.output(event['delta'])
      if (event['error'] || type === 'error') seen.fail()
      if (value === '[DONE]' || (typeof type === 'string' && /\.(done|completed)$/.test(type))) seen.done()
    },
    reading: () => seen.reading,
  }
}

/** A reader for what costs nothing: it sees the end and failures, and no usage whatever the body says. */
export function freeReader(): UsageReader {
  return plainReader(
    () => ({ usage: null }),
    () => null,
  )
}

export function usageMember(body: JsonObject): unknown {
  return body['usage'] ?? body['usage_info'] ?? memberAt(body, 'meta')
}

function isImage(item: JsonObject): boolean {
  return item['b64_json'] !== undefined || (item['url'] !== undefined && item['embedding'] === undefined)
}
