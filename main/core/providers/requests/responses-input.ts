import { type JsonObject, listOf, memberAt, objectOf, textOf } from '../../metering/framing/lenient-json.ts'
import type { PromptMessage } from '../types/provider.ts'
import { contentOf, roleOf } from './chat-messages.ts'
import { formatMessage, perItem, promptMessage, toolCall, toolsMessage } from './prompt-message.ts'
import { toolSignatures } from './tool-signatures.ts'

/** Tools, instructions and input items of the Responses API. */
export function responsesInput(body: JsonObject): PromptMessage[] {
  const instructions = textOf(body['instructions'])
  const input = body['input']
  return [
    ...toolsMessage(toolSignatures(body['tools']) ?? body['tools']),
    ...formatMessage(memberAt(body, 'text', 'format', 'schema')),
    ...(instructions ? [promptMessage('system', instructions)] : []),
    ...(typeof input === 'string' ? [promptMessage('user', input)] : listOf(input).map(inputMessage)),
  ]
}

const inputMessage = perItem((item) => itemMessage(objectOf(item)))

/** An item of input or output; what the model said is an item of the next input in the very same form. */
export function itemMessage(item: JsonObject): PromptMessage {
  const type = textOf(item['type']) ?? 'message'
  if (type.endsWith('_output')) {
    const output = item['output']
    const content = contentOf(output)
    const text = content.text || (typeof output === 'string' ? '' : JSON.stringify(output ?? null))
    return promptMessage('tool', text, {
      media: content.media,
      toolResult: { id: textOf(item['call_id']), isError: item['status'] === 'failed' },
    })
  }
  if (type === 'message') return promptMessage(roleOf(item['role']), '', contentOf(item['content']))
  if (type === 'reasoning') {
    return promptMessage('assistant', contentOf(item['summary']).text + contentOf(item['content']).text)
  }
  if (type.endsWith('_call')) {
    const input = item['arguments'] ?? item['input'] ?? item['action']
    return promptMessage('assistant', '', {
      toolCalls: [toolCall(item['call_id'] ?? item['id'], item['name'] ?? type, input)],
    })
  }
  return promptMessage('user', JSON.stringify(item))
}
