import { isObject, type JsonObject, listOf, memberAt, objectOf, textOf } from '../../metering/framing/lenient-json.ts'
import type { PromptMessage } from '../types/provider.ts'
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

/** Tools, system and messages of Bedrock's Converse, which Nova takes in InvokeModel too. */
export function converseMessages(body: JsonObject): PromptMessage[] {
  const tools = memberAt(body, 'toolConfig', 'tools')
  const system = listOf(body['system'])
  return [
    ...markedTools(toolsMessage(tools), tools),
    ...formatMessage(memberAt(body, 'outputConfig', 'textFormat')),
    ...(system.length > 0 ? [messageOf('system', system)] : []),
    ...listOf(body['messages']).map(messageOfItem),
  ]
}

const messageOfItem = perItem((item) => messageOf(roleOf(memberAt(item, 'role')), listOf(memberAt(item, 'content'))))

function messageOf(role: PromptMessage['role'], blocks: readonly unknown[]): PromptMessage {
  const message = promptMessage(role, '')
  for (const block of blocks) takeBlock(message, objectOf(block))
  return message
}

function takeBlock(message: PromptMessage, block: JsonObject): void {
  message.text += textOf(block['text']) ?? textOf(memberAt(block, 'reasoningContent', 'reasoningText', 'text')) ?? ''
  for (const type of ['image', 'document', 'video', 'audio'] as const) {
    if (isObject(block[type])) message.media.push(mediaPart(type, memberAt(block[type], 'source', 'bytes') ?? ''))
  }
  if (isObject(block['toolUse'])) {
    const { toolUseId, name, input } = block['toolUse'] as JsonObject & {
      toolUseId?: unknown
      name?: unknown
      input?: unknown
    }
    message.toolCalls.push(toolCall(toolUseId, name, input))
  }
  if (isObject(block['toolResult'])) takeToolResult(message, block['toolResult'])
  message.cacheBreakpoint = breakpointOf(block) ?? message.cacheBreakpoint
}

function takeToolResult(message: PromptMessage, result: JsonObject): void {
  message.role = 'tool'
  message.toolResult = { id: textOf(result['toolUseId']), isError: result['status'] === 'error' }
  for (const item of listOf(result['content'])) {
    const part = objectOf(item)
    if (part['json'] === undefined) takeBlock(message, part)
    else message.text += JSON.stringify(part['json'])
  }
}
