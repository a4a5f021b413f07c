import { type JsonObject, listOf, memberAt, objectOf, textOf } from '../../metering/framing/lenient-json.ts'
import type { MediaPart, PromptMessage } from '../types/provider.ts'
import { roleOf } from './chat-messages.ts'
import {
  breakpointOf,
  formatMessage,
  markedTools,
  mediaPart,
  perItem,
  promptMessage,
  toolCall,
  toolsMessage,
} from './prompt-message.ts'

/** Tools, system and messages of the Messages API, in the order in which its cache sees them. */
export function anthropicMessages(body: JsonObject): PromptMessage[] {
  const tools = markedTools(toolsMessage(body['tools']), body['tools'])
  const system = body['system'] === undefined ? [] : messagesOf('system', body['system'])
  const messages = listOf(body['messages']).flatMap(messagesOfItem)
  const format = formatMessage(memberAt(body, 'output_config', 'format') ?? body['output_format'])
  return [...tools, ...format, ...system, ...messages]
}

const messagesOfItem = perItem((item) => messagesOf(roleOf(memberAt(item, 'role')), memberAt(item, 'content')))

/** One message; each tool result in it is its own message, as in the other dialects. */
function messagesOf(role: PromptMessage['role'], content: unknown): PromptMessage[] {
  if (typeof content === 'string') return [promptMessage(role, content)]
  const own = promptMessage(role, '')
  const results: PromptMessage[] = []
  for (const item of listOf(content)) {
    const block = objectOf(item)
    if (block['type'] === 'tool_result') results.push(toolResult(block))
    else takeBlock(own, block)
  }
  const isEmpty = own.text === '' && own.media.length === 0 && own.toolCalls.length === 0
  return isEmpty && results.length > 0 ? results : [...results, own]
}

function takeBlock(message: PromptMessage, block: JsonObject): void {
  message.cacheBreakpoint = breakpointOf(block) ?? message.cacheBreakpoint
  message.text += textOf(block['text']) ?? textOf(block['thinking']) ?? textOf(block['data']) ?? ''
  const medium = mediumOf(block)
  if (medium) message.media.push(medium)
  if (block['type'] === 'tool_use' || block['type'] === 'server_tool_use') {
    message.toolCalls.push(toolCall(block['id'], block['name'], block['input']))
  } else if (textOf(block['type'])?.endsWith('_tool_result')) message.text += JSON.stringify(block['content'] ?? null)
}

function toolResult(block: JsonObject): PromptMessage {
  const message = promptMessage('tool', textOf(block['content']) ?? '', {
    toolResult: { id: textOf(block['tool_use_id']), isError: block['is_error'] === true },
    cacheBreakpoint: breakpointOf(block),
  })
  for (const part of listOf(block['content'])) takeBlock(message, objectOf(part))
  return message
}

function mediumOf(block: JsonObject): MediaPart | null {
  if (block['type'] !== 'image' && block['type'] !== 'document') return null
  const source = objectOf(block['source'])
  if (source['type'] === 'text' || source['type'] === 'content') return null
  return mediaPart(block['type'], source['data'] ?? source['url'] ?? '')
}
