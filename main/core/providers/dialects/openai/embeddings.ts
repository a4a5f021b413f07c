import { listOf, textOf } from '../../../metering/framing/lenient-json.ts'
import type { Dialect, PromptMessage } from '../../types/provider.ts'
import { plainReader } from '../../readers/plain-reader.ts'
import { openAiRefusals } from '../../refusals/openai-refusals.ts'
import { contentOf } from '../../requests/chat-messages.ts'
import { bodyObject, modelRequest } from '../../requests/model-request.ts'
import { promptMessage } from '../../requests/prompt-message.ts'
import { deploymentOf } from './chat-completions.ts'

/** https://platform.openai.com/docs/api-reference/embeddings and those who copied it. */
export const EMBEDDINGS: Dialect = {
  api: 'embeddings',
  matches: (head) => head.method === 'POST' && /\/embeddings$/.test(head.path),
  readRequest(head, body) {
    const fields = bodyObject(body)
    const model = textOf(fields['model']) ?? deploymentOf(head.path)
    return modelRequest('embeddings', fields, {
      model,
      messages: textsOf(fields['input']),
      output: 'none',
      kind: 'retrieval',
    })
  },
  createReader: () => plainReader(),
  ...openAiRefusals,
}

/** Reranking as Voyage, Jina, llama.cpp and the gateways have it: charged by token or by search. */
export const RERANK: Dialect = {
  api: 'rerank',
  matches: (head) => head.method === 'POST' && /\/re-?rank(ing)?$/.test(head.path),
  readRequest(_head, body) {
    const fields = bodyObject(body)
    const messages = [...textsOf(fields['query']), ...textsOf(fields['documents'] ?? fields['texts'])]
    return modelRequest('rerank', fields, { messages, output: 'none', kind: 'retrieval' })
  },
  createReader: () => plainReader(),
  ...openAiRefusals,
}

/** A text, texts, token ids, or objects with a text, each as a message. */
export function textsOf(input: unknown): PromptMessage[] {
  if (typeof input === 'string') return [promptMessage('user', input)]
  const items = listOf(input)
  if (typeof items[0] === 'number') return [promptMessage('user', ' a'.repeat(items.length))]
  return items.map((item) =>
    Array.isArray(item) && typeof item[0] === 'number'
      ? promptMessage('user', ' a'.repeat(item.length))
      : promptMessage('user', '', contentOf(item)),
  )
}
