import { isObject, type JsonObject, listOf, memberAt, objectOf, textOf } from '../../metering/framing/lenient-json.ts'
import { ObservedResponse } from '../../metering/usage/observed-response.ts'
import type { UsageReader } from '../../metering/usage/usage-reader.ts'
import { openAiUsage } from '../../metering/usage-reports/openai-usage.ts'
import { itemMessage } from '../requests/responses-input.ts'

/** Server tools that are charged per use, by the type of their output item. */
const CHARGED_ITEMS: Readonly<Record<string, string>> = {
  web_search_call: 'web_search',
  file_search_call: 'file_search',
  code_interpreter_call: 'code_interpreter',
}

/** Responses of the Responses API: plain, streamed, in the background, over a WebSocket (one event a frame). */
export function responsesReader(): UsageReader {
  const seen = new ObservedResponse(openAiUsage)
  return {
    body(value, _headers, httpStatus) {
      const body = objectOf(value)
      takeResponse(seen, body)
      for (const item of listOf(body['output'])) takeItem(seen, objectOf(item))
      if (httpStatus >= 400) seen.fail()
      seen.done()
    },
    event: (name, value) => takeEvent(seen, name, objectOf(value)),
    reading: () => seen.reading,
  }
}

function takeEvent(seen: ObservedResponse, name: string | null, event: JsonObject): void {
  const type = textOf(event['type']) ?? name ?? ''
  if (isObject(event['response'])) takeResponse(seen, event['response'])
  if (/\.delta$/.test(type)) return seen.output(event['delta'])
  switch (type) {
    case 'response.output_item.added':
      return seen.toolCall(memberAt(event, 'item', 'name'))
    case 'response.output_item.done':
      takeSaid(seen, objectOf(event['item']))
      return takeServerTool(seen, objectOf(event['item']))
    case 'response.completed':
    case 'response.incomplete':
    case 'response.done':
      return seen.done()
    case 'response.failed':
    case 'error':
      seen.fail()
      return seen.done()
  }
}

function takeResponse(seen: ObservedResponse, response: JsonObject): void {
  const status = textOf(response['status'])
  seen.identify(response['id'], response['model'])
  seen.tier(response['service_tier'])
  seen.finish(memberAt(response, 'incomplete_details', 'reason') ?? status)
  seen.reading.pending = status === 'queued' || status === 'in_progress'
  if (status === 'failed' || isObject(response['error'])) seen.fail()
  if (isObject(response['usage'])) seen.report(response['usage'])
}

function takeItem(seen: ObservedResponse, item: JsonObject): void {
  for (const part of listOf(item['content'])) seen.output(memberAt(part, 'text'))
  if (item['type'] === 'function_call' || item['type'] === 'custom_tool_call') {
    seen.toolCall(item['name'])
    seen.output(item['arguments'] ?? item['input'])
  }
  takeSaid(seen, item)
  takeServerTool(seen, item)
}

/** A call that builds on this response shows nothing of it: what it answers is known from here alone. */
function takeSaid(seen: ObservedResponse, item: JsonObject): void {
  const message = itemMessage(item)
  if (message.role === 'assistant') seen.say(message)
}

function takeServerTool(seen: ObservedResponse, item: JsonObject): void {
  const charged = CHARGED_ITEMS[textOf(item['type']) ?? '']
  if (charged) seen.addToolUse(charged)
}
