import { isObject, listOf, memberAt, objectOf, textOf } from '../../../metering/framing/lenient-json.ts'
import { ObservedResponse } from '../../../metering/usage/observed-response.ts'
import type { UsageReader } from '../../../metering/usage/usage-reader.ts'
import { ollamaUsage } from '../../../metering/usage-reports/other-usage.ts'
import type { Dialect } from '../../types/provider.ts'
import { ollamaRefusals } from '../../refusals/other-refusals.ts'
import { chatMessages } from '../../requests/chat-messages.ts'
import { bodyObject, limitOf, modelRequest } from '../../requests/model-request.ts'
import { mediaPart, promptMessage, toolsMessage } from '../../requests/prompt-message.ts'
import { textsOf } from '../openai/embeddings.ts'

/** https://github.com/ollama/ollama/blob/main/docs/api.md. Streams unless it is told not to. */
export const OLLAMA_CHAT: Dialect = generation('ollama.chat', /\/api\/chat$/)
export const OLLAMA_GENERATE: Dialect = generation('ollama.generate', /\/api\/generate$/)

export const OLLAMA_EMBED: Dialect = {
  api: 'embeddings',
  matches: (head) => head.method === 'POST' && /\/api\/embed(dings)?$/.test(head.path),
  readRequest(_head, body) {
    const fields = bodyObject(body)
    const messages = textsOf(fields['input'] ?? fields['prompt'])
    return modelRequest('embeddings', fields, { messages, output: 'none', kind: 'retrieval' })
  },
  createReader: ollamaReader,
  ...ollamaRefusals,
}

function generation(api: string, path: RegExp): Dialect {
  return {
    api,
    matches: (head) => head.method === 'POST' && path.test(head.path),
    readRequest(_head, body) {
      const fields = bodyObject(body)
      const stream = fields['stream'] !== false
      const texts = [textOf(fields['system']), textOf(fields['prompt']), textOf(fields['suffix'])]
      const media = listOf(fields['images']).map((image) => mediaPart('image', image))
      const prompt =
        texts.some((text) => text) || media.length > 0 ? [promptMessage('user', texts.join(''), { media })] : []
      return modelRequest(api, fields, {
        stream,
        messages: [...toolsMessage(fields['tools']), ...chatMessages(fields['messages']), ...prompt],
        maxOutputTokens: limitOf(memberAt(fields, 'options', 'num_predict')),
        output: stream ? 'visible' : 'hidden',
      })
    },
    clamp: (_request, _body, maxOutputTokens) => ({ path: ['options', 'num_predict'], value: maxOutputTokens }),
    createReader: ollamaReader,
    ...ollamaRefusals,
  }
}

function ollamaReader(): UsageReader {
  const seen = new ObservedResponse(ollamaUsage)
  const take = (value: unknown) => {
    const body = objectOf(value)
    const message = objectOf(body['message'])
    seen.identify(null, body['model'])
    seen.output(message['content'] ?? body['response'])
    seen.output(message['thinking'] ?? body['thinking'])
    for (const call of listOf(message['tool_calls'])) {
      seen.toolCall(memberAt(call, 'function', 'name'))
      seen.output(JSON.stringify(memberAt(call, 'function', 'arguments') ?? {}))
    }
    seen.finish(body['done_reason'])
    const { prompt_eval_count, eval_count } = body as { prompt_eval_count?: unknown; eval_count?: unknown }
    if (prompt_eval_count !== undefined || eval_count !== undefined) seen.report({ prompt_eval_count, eval_count })
    if (body['done'] === true) seen.done()
    if (typeof body['error'] === 'string' || isObject(body['error'])) {
      seen.fail()
      seen.done()
    }
  }
  return {
    body(value, _headers, httpStatus) {
      take(value)
      if (httpStatus >= 400) seen.fail()
      seen.done()
    },
    event: (_name, value) => take(value),
    reading: () => seen.reading,
  }
}
