import { isObject, type JsonObject, listOf, memberAt, objectOf, textOf } from '../../metering/framing/lenient-json.ts'
import type { MediaPart, PromptMessage } from '../types/provider.ts'
import { roleOf } from './chat-messages.ts'
import { geminiTools } from './gemini-tools.ts'
import { formatMessage, mediaPart, perItem, promptMessage, toolCall } from './prompt-message.ts'
import { spelled } from './spelled.ts'

export function geminiContents(body: JsonObject): PromptMessage[] {
  const config = objectOf(spelled(body, 'generationConfig').value)
  const schema = spelled(config, 'responseSchema').value ?? spelled(config, 'responseJsonSchema').value
  const instruction = spelled(body, 'systemInstruction').value
  const contents = typeof body['contents'] === 'string' ? [body['contents']] : body['contents']
  return [
    ...geminiTools(body['tools']),
    ...formatMessage(schema),
    ...(instruction === undefined ? [] : [contentMessage(instruction, 'system')]),
    ...(isObject(contents) ? [contents] : listOf(contents)).map(contentItem),
  ]
}

const contentItem = perItem((content) => contentMessage(content))

function contentMessage(content: unknown, role?: PromptMessage['role']): PromptMessage {
  if (typeof content === 'string') return promptMessage(role ?? 'user', content)
  const message = promptMessage(role ?? roleOf(memberAt(content, 'role')), '')
  const parts = memberAt(content, 'parts')
  for (const item of isObject(parts) ? [parts] : listOf(parts)) takePart(message, objectOf(item))
  return message
}

function takePart(message: PromptMessage, part: JsonObject): void {
  message.text += textOf(part['text']) ?? ''
  const medium = mediumOf(part)
  if (medium) message.media.push(medium)
  const call = spelled(part, 'functionCall').value
  if (isObject(call)) message.toolCalls.push(toolCall(call['id'], call['name'], call['args']))
  const answer = spelled(part, 'functionResponse').value
  if (isObject(answer)) {
    const response = objectOf(answer['response'])
    message.role = 'tool'
    message.text += JSON.stringify(response)
    message.toolResult = {
      id: textOf(answer['id']) ?? textOf(answer['name']),
      isError: response['error'] !== undefined,
    }
  }
  const code = spelled(part, 'executableCode').value ?? spelled(part, 'codeExecutionResult').value
  if (isObject(code)) message.text += textOf(code['code']) ?? textOf(code['output']) ?? ''
}

function mediumOf(part: JsonObject): MediaPart | null {
  const inline = spelled(part, 'inlineData').value
  const file = spelled(part, 'fileData').value
  const source = isObject(inline) ? inline : objectOf(file)
  if (!isObject(inline) && !isObject(file)) return null
  const mime = textOf(spelled(source, 'mimeType').value) ?? ''
  const kind = /^(image|audio|video)\//.exec(mime)?.[1] as MediaPart['type'] | undefined
  return mediaPart(kind ?? 'document', source['data'] ?? '', spelled(part, 'mediaResolution').value)
}
