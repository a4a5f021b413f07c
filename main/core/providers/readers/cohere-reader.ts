import { isObject, type JsonObject, listOf, memberAt, objectOf, textOf } from '../../metering/framing/lenient-json.ts'
import { ObservedResponse } from '../../metering/usage/observed-response.ts'
import type { UsageReader } from '../../metering/usage/usage-reader.ts'
import { cohereUsage } from '../../metering/usage-reports/other-usage.ts'

/** Chat of both versions, embed, rerank and generate: https://docs.cohere.com/reference */
export function cohereReader(): UsageReader {
  const seen = new ObservedResponse(cohereUsage)
  return {
    body(value, _headers, httpStatus) {
      takeResponse(seen, objectOf(value))
      if (httpStatus >= 400) seen.fail()
      seen.done()
    },
    event: (name, value) => takeEvent(seen, name, objectOf(value)),
    reading: () => seen.reading,
  }
}

function takeEvent(seen: ObservedResponse, name: string | null, event: JsonObject): void {
  const delta = objectOf(event['delta'])
  const message = objectOf(delta['message'])
  seen.identify(event['id'] ?? event['generation_id'], null)
  switch (textOf(event['type'] ?? event['event_type']) ?? name ?? '') {
    case 'content-delta':
      return seen.output(memberAt(message, 'content', 'text') ?? memberAt(message, 'content', 'thinking'))
    case 'text-generation':
      return seen.output(event['text'])
    case 'tool-plan-delta':
      return seen.output(message['tool_plan'])
    case 'tool-call-start':
      return seen.toolCall(memberAt(message, 'tool_calls', 'function', 'name'))
    case 'tool-call-delta':
      return seen.output(memberAt(message, 'tool_calls', 'function', 'arguments'))
    case 'tool-calls-chunk':
      return seen.output(memberAt(event, 'tool_call_delta', 'parameters') ?? event['text'])
    case 'message-end':
    case 'stream-end':
      return takeEnd(seen, event, delta)
  }
}

/** Version 1 repeats the whole answer at its end: only its counts are taken from there. */
function takeEnd(seen: ObservedResponse, event: JsonObject, delta: JsonObject): void {
  const reason = delta['finish_reason'] ?? event['finish_reason']
  seen.finish(reason)
  takeUsage(seen, delta['usage'] ?? memberAt(event, 'response', 'meta'))
  if (reason === 'ERROR' || delta['error'] !== undefined) seen.fail()
  seen.done()
}

function takeResponse(seen: ObservedResponse, body: JsonObject): void {
  seen.identify(body['id'] ?? body['generation_id'] ?? body['response_id'], body['model'])
  seen.finish(body['finish_reason'])
  seen.output(body['text'])
  for (const item of [...listOf(memberAt(body, 'message', 'content')), ...listOf(body['generations'])]) {
    seen.output(memberAt(item, 'text') ?? memberAt(item, 'thinking'))
    seen.finish(memberAt(item, 'finish_reason'))
  }
  for (const call of [...listOf(memberAt(body, 'message', 'tool_calls')), ...listOf(body['tool_calls'])]) {
    seen.toolCall(memberAt(call, 'function', 'name') ?? memberAt(call, 'name'))
    seen.output(memberAt(call, 'function', 'arguments') ?? JSON.stringify(memberAt(call, 'parameters') ?? {}))
  }
  takeUsage(seen, body['usage'] ?? body['meta'])
}

function takeUsage(seen: ObservedResponse, usage: unknown): void {
  if (isObject(usage)) seen.report(usage)
}
