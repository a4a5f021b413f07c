import { type JsonObject, listOf, memberAt, objectOf, textOf } from '../../../metering/framing/lenient-json.ts'
import type { Dialect, PromptMessage } from '../../types/provider.ts'
import { cohereReader } from '../../readers/cohere-reader.ts'
import { cohereRefusals } from '../../refusals/other-refusals.ts'
import { chatMessages, roleOf } from '../../requests/chat-messages.ts'
import { bodyObject, limitOf, minimumWithThinking, modelRequest } from '../../requests/model-request.ts'
import { promptMessage, toolCall, toolsMessage } from '../../requests/prompt-message.ts'
import { EMBEDDINGS, RERANK, textsOf } from '../openai/embeddings.ts'

/** Chat of version 1 (`message`, `chat_history`) and version 2 (`messages`). */
export const COHERE_CHAT: Dialect = {
  api: 'chat',
  matches: (head) => head.method === 'POST' && /\/v[12]\/chat$/.test(head.path),
  readRequest(_head, body) {
    const fields = bodyObject(body)
    const stream = fields['stream'] === true
    return modelRequest('chat', fields, {
      messages: [...toolsMessage(fields['tools']), ...textsOf(fields['documents']), ...messagesOf(fields)],
      maxOutputTokens: limitOf(fields['max_tokens']),
      minOutputTokens: minimumWithThinking(limitOf(memberAt(fields, 'thinking', 'token_budget'))),
      output: stream && listOf(fields['connectors']).length === 0 ? 'visible' : 'hidden',
      storedInput: textOf(fields['conversation_id']),
    })
  },
  clamp: (_request, _body, maxOutputTokens) => ({ path: ['max_tokens'], value: maxOutputTokens }),
  createReader: cohereReader,
  ...cohereRefusals,
}

export const COHERE_GENERATE: Dialect = {
  ...COHERE_CHAT,
  api: 'generate',
  matches: (head) => head.method === 'POST' && /\/v1\/(generate|summarize)$/.test(head.path),
  readRequest(_head, body) {
    const fields = bodyObject(body)
    return modelRequest('generate', fields, {
      messages: [promptMessage('user', textOf(fields['prompt']) ?? textOf(fields['text']) ?? '')],
      maxOutputTokens: limitOf(fields['max_tokens']),
      choices: limitOf(fields['num_generations']) ?? 1,
    })
  },
}

export const COHERE_EMBED: Dialect = {
  ...EMBEDDINGS,
  matches: (head) => head.method === 'POST' && /\/v[12]\/(embed|classify)$/.test(head.path),
  readRequest(_head, body) {
    const fields = bodyObject(body)
    const inputs = listOf(fields['inputs']).map((item) => ({ ...objectOf(item), text: null }))
    const messages = [
      ...textsOf(fields['texts']),
      ...textsOf(inputs.flatMap((item) => listOf(memberAt(item, 'content')))),
    ]
    return modelRequest('embeddings', fields, { messages, output: 'none', kind: 'retrieval' })
  },
  createReader: cohereReader,
  ...cohereRefusals,
}

export const COHERE_RERANK: Dialect = { ...RERANK, createReader: cohereReader, ...cohereRefusals }

function messagesOf(fields: JsonObject): PromptMessage[] {
  if (Array.isArray(fields['messages'])) return chatMessages(fields['messages'])
  const preamble = textOf(fields['preamble'])
  const history = listOf(fields['chat_history']).map((item) =>
    promptMessage(roleOf(memberAt(item, 'role')), textOf(memberAt(item, 'message')) ?? '', {
      toolCalls: listOf(memberAt(item, 'tool_calls')).map((call) =>
        toolCall(null, memberAt(call, 'name'), memberAt(call, 'parameters')),
      ),
    }),
  )
  const results = listOf(fields['tool_results']).map((item) =>
    promptMessage('tool', JSON.stringify(item), { toolResult: { id: null, isError: false } }),
  )
  const message = textOf(fields['message'])
  return [
    ...(preamble ? [promptMessage('system', preamble)] : []),
    ...history,
    ...results,
    ...(message ? [promptMessage('user', message)] : []),
  ]
}
