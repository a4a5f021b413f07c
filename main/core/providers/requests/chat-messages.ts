import { isObject, type JsonObject, listOf, memberAt, objectOf, textOf } from '../../metering/framing/lenient-json.ts'
import type { MediaPart, PromptMessage } from '../types/provider.ts'
import { breakpointOf, mediaPart, perItem, promptMessage, toolCall } from './prompt-message.ts'

const ROLES: Readonly<Record<string, PromptMessage['role']>> = {
  system: 'system',
  developer: 'system',
  assistant: 'assistant',
  model: 'assistant',
  chatbot: 'assistant',
  tool: 'tool',
  function: 'tool',
}

export function roleOf(value: unknown): PromptMessage['role'] {
  return ROLES[textOf(value)?.toLowerCase() ?? ''] ?? 'user'
}

/** Messages of Chat Completions, and of the many that copied it (Mistral, Ollama, Cohere version 2). */
export function chatMessages(messages: unknown): PromptMessage[] {
  return listOf(messages).map(chatMessage)
}

const chatMessage = perItem((item) => {
  const message = objectOf(item)
  const role = roleOf(message['role'])
  const { text, media, cacheBreakpoint } = contentOf(message['content'])
  for (const image of listOf(message['images'])) media.push(mediaPart('image', image))
  const calls = [
    ...listOf(message['tool_calls']),
    ...(message['function_call'] ? [{ function: message['function_call'] }] : []),
  ]
  const toolCalls = calls.map((call) =>
    toolCall(memberAt(call, 'id'), memberAt(call, 'function', 'name'), memberAt(call, 'function', 'arguments')),
  )
  const reasoning = textOf(message['reasoning_content']) ?? textOf(message['reasoning']) ?? ''
  return promptMessage(role, reasoning + text, {
    media,
    toolCalls,
    cacheBreakpoint: cacheBreakpoint ?? breakpointOf(message),
    toolResult: role === 'tool' ? { id: textOf(message['tool_call_id']), isError: false } : null,
  })
})

type Content = Pick<PromptMessage, 'text' | 'media' | 'cacheBreakpoint'>

/** Content as text, or as a list of parts in the dialects' many names for them. */
export function contentOf(content: unknown): Content {
  const found: Content = { text: textOf(content) ?? '', media: [], cacheBreakpoint: null }
  const parts = Array.isArray(content) ? content : isObject(content) ? [content] : []
  for (const item of parts) {
    if (typeof item === 'string') {
      found.text += item
      continue
    }
    const part = objectOf(item)
    found.text += textOf(part['text']) ?? textOf(part['refusal']) ?? textOf(part['thinking']) ?? ''
    const medium = mediumOf(part)
    if (medium) found.media.push(medium)
    found.cacheBreakpoint = breakpointOf(part) ?? found.cacheBreakpoint
  }
  return found
}

function mediumOf(part: JsonObject): MediaPart | null {
  const image = part['image_url']
  if (image !== undefined) {
    const detail = isObject(image) ? image['detail'] : part['detail']
    return mediaPart('image', isObject(image) ? image['url'] : image, detail)
  }
  if (part['type'] === 'input_image') return mediaPart('image', part['file_id'] ?? '', part['detail'])
  if (part['input_audio'] !== undefined) {
    return mediaPart('audio', memberAt(part['input_audio'], 'data') ?? part['input_audio'])
  }
  if (part['video_url'] !== undefined) return mediaPart('video', memberAt(part['video_url'], 'url'))
  if (part['document_url'] !== undefined) return mediaPart('document', part['document_url'])
  if (part['type'] === 'file' || part['type'] === 'input_file') {
    const file = isObject(part['file']) ? part['file'] : part
    return mediaPart('document', file['file_data'] ?? file['file_url'] ?? '')
  }
  return null
}
