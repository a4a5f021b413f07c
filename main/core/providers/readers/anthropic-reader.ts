import { isObject, type JsonObject, listOf, memberAt, objectOf, textOf } from '../../metering/framing/lenient-json.ts'
import { ObservedResponse } from '../../metering/usage/observed-response.ts'
import type { UsageReader } from '../../metering/usage/usage-reader.ts'
import { anthropicTier, anthropicUsage } from '../../metering/usage-reports/anthropic-usage.ts'

/** Responses of the Messages API, plain and streamed, here and behind Vertex and Bedrock. */
export function anthropicReader(): UsageReader {
  const seen = new ObservedResponse(anthropicUsage)
  return {
    body(value, _headers, httpStatus) {
      const body = objectOf(value)
      takeMessage(seen, body)
      if (httpStatus >= 400 || body['type'] === 'error') seen.fail()
      seen.done()
    },
    event: (name, value) => takeAnthropicEvent(seen, name, objectOf(value)),
    reading: () => seen.reading,
  }
}

export function takeAnthropicEvent(seen: ObservedResponse, name: string | null, event: JsonObject): void {
  switch (textOf(event['type']) ?? name ?? '') {
    case 'message_start':
      return takeMessage(seen, objectOf(event['message']))
    case 'content_block_start':
      return takeBlock(seen, objectOf(event['content_block']))
    case 'content_block_delta': {
      const delta = objectOf(event['delta'])
      return seen.output(delta['text'] ?? delta['partial_json'] ?? delta['thinking'])
    }
    case 'message_delta':
      seen.finish(memberAt(event, 'delta', 'stop_reason'))
      return takeUsage(seen, event['usage'])
    case 'message_stop':
      return seen.done()
    case 'error':
      seen.fail()
      return seen.done()
  }
}

function takeMessage(seen: ObservedResponse, message: JsonObject): void {
  seen.identify(message['id'], message['model'])
  seen.finish(message['stop_reason'])
  for (const block of listOf(message['content'])) takeBlock(seen, objectOf(block))
  takeUsage(seen, message['usage'])
}

function takeBlock(seen: ObservedResponse, block: JsonObject): void {
  seen.output(block['text'] ?? block['thinking'])
  if (block['type'] !== 'tool_use') return
  seen.toolCall(block['name'])
  if (isObject(block['input']) && Object.keys(block['input']).length > 0) seen.output(JSON.stringify(block['input']))
}

function takeUsage(seen: ObservedResponse, usage: unknown): void {
  if (!isObject(usage)) return
  seen.tier(anthropicTier(usage))
  seen.report(usage)
}
