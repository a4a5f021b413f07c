import { isObject, type JsonObject, listOf, memberAt, objectOf } from '../../../metering/framing/lenient-json.ts'
import type { JsonEdit } from '../../types/json-edit.ts'
import type { Dialect, ModelRequest, RequestHead } from '../../types/provider.ts'
import { converseReader, invokeReader } from '../../readers/bedrock-reader.ts'
import { freeReader } from '../../readers/plain-reader.ts'
import { bedrockRefusals } from '../../refusals/other-refusals.ts'
import { chatMessages } from '../../requests/chat-messages.ts'
import { converseMessages } from '../../requests/converse-messages.ts'
import { bodyObject, freeRequest, limitOf, minimumWithThinking, modelRequest } from '../../requests/model-request.ts'
import { nameInPath } from '../../requests/path-name.ts'
import { promptMessage } from '../../requests/prompt-message.ts'
import { readMessagesRequest } from '../anthropic/anthropic-messages.ts'
import { textsOf } from '../openai/embeddings.ts'

/** Where the families of InvokeModel keep their limit, the first that is there; the last is what a Claude takes. */
const INVOKE_LIMITS = [
  ['textGenerationConfig', 'maxTokenCount'],
  ['inferenceConfig', 'max_new_tokens'],
  ['inferenceConfig', 'maxTokens'],
  ['max_gen_len'],
  ['max_tokens_to_sample'],
  ['max_completion_tokens'],
  ['maxTokens'],
  ['max_tokens'],
]

export const CONVERSE: Dialect = converse('converse', /\/model\/[^/]+\/converse$/, false)
export const CONVERSE_STREAM: Dialect = converse('converse-stream', /\/model\/[^/]+\/converse-stream$/, true)
export const INVOKE: Dialect = invoke('invoke', /\/model\/[^/]+\/invoke$/, false)
export const INVOKE_STREAM: Dialect = invoke('invoke-stream', /\/model\/[^/]+\/invoke-with-response-stream$/, true)

export const BEDROCK_COUNT_TOKENS: Dialect = {
  api: 'count_tokens',
  matches: (head) => /\/model\/[^/]+\/count-tokens$/.test(head.path),
  readRequest: (head, body) => freeRequest('count_tokens', body, { model: modelInPath(head) }),
  createReader: freeReader,
  ...bedrockRefusals,
}

function converse(api: string, path: RegExp, stream: boolean): Dialect {
  return {
    api,
    matches: (head) => head.method === 'POST' && path.test(head.path),
    readRequest(head, body) {
      const fields = bodyObject(body)
      const extra = objectOf(fields['additionalModelRequestFields'])
      const thinking = objectOf(extra['thinking'] ?? extra['reasoning_config'] ?? extra['reasoningConfig'])
      const thinks = Object.keys(thinking).length > 0 && thinking['type'] !== 'disabled'
      const isShown = stream && !thinks && extra['reasoning_effort'] === undefined
      return modelRequest(api, fields, {
        model: modelInPath(head),
        stream,
        messages: converseMessages(fields),
        maxOutputTokens: limitOf(memberAt(fields, 'inferenceConfig', 'maxTokens')),
        minOutputTokens: minimumWithThinking(limitOf(thinking['budget_tokens'])),
        output: isShown ? 'visible' : 'hidden',
      })
    },
    clamp: (_request, _body, maxOutputTokens) => ({ path: ['inferenceConfig', 'maxTokens'], value: maxOutputTokens }),
    createReader: converseReader,
    ...bedrockRefusals,
  }
}

function invoke(api: string, path: RegExp, stream: boolean): Dialect {
  return {
    api,
    matches: (head) => head.method === 'POST' && path.test(head.path),
    readRequest: (head, body) => readInvoke(api, modelInPath(head), bodyObject(body), stream),
    clamp: (request, body, maxOutputTokens) => clampInvoke(request, body, maxOutputTokens),
    createReader: invokeReader,
    ...bedrockRefusals,
  }
}

function readInvoke(api: string, model: string | null, body: JsonObject, stream: boolean): ModelRequest {
  const limit = limitOf(...INVOKE_LIMITS.map((path) => memberAt(body, ...path)))
  if (/embed|rerank/.test(model ?? '')) {
    const nova = memberAt(body, 'singleEmbeddingParams', 'text', 'value')
    const texts = body['texts'] ?? body['inputText'] ?? body['input'] ?? nova
    const messages = [...textsOf(texts), ...textsOf(body['query']), ...textsOf(body['documents'])]
    return modelRequest(api, body, { model, messages, output: 'none', kind: 'retrieval' })
  }
  const parts = { model, stream, maxOutputTokens: limit }
  if (body['anthropic_version'] !== undefined && Array.isArray(body['messages']))
    return readMessagesRequest(api, body, parts)
  const isNova = isObject(body['inferenceConfig']) || body['schemaVersion'] !== undefined
  const prompt = [body['prompt'], body['inputText'], body['message']].find((text) => typeof text === 'string')
  const messages = isNova ? converseMessages(body) : chatMessages(body['messages'])
  return modelRequest(api, body, {
    ...parts,
    messages: typeof prompt === 'string' ? [promptMessage('user', prompt)] : messages,
    choices: limitOf(body['num_generations'], memberAt(body, 'n')) ?? 1,
    output: stream && !/gpt-oss|deepseek|image|canvas/.test(model ?? '') ? 'visible' : 'hidden',
  })
}

function clampInvoke(request: ModelRequest, body: unknown, maxOutputTokens: number): JsonEdit | null {
  if (request.output === 'none') return null
  const present = INVOKE_LIMITS.find((path) => memberAt(body, ...path) !== undefined)
  const path = present ?? defaultLimit(request.model ?? '', objectOf(body))
  return path ? { path, value: maxOutputTokens } : null
}

/** The limit of a family whose client named none. A name that the family does not know would be refused. */
function defaultLimit(model: string, body: JsonObject): string[] | null {
  if (body['anthropic_version'] !== undefined) return ['max_tokens']
  if (/amazon\.titan-text/.test(model)) return ['textGenerationConfig', 'maxTokenCount']
  if (/amazon\.nova/.test(model)) return ['inferenceConfig', 'maxTokens']
  if (/meta\.llama/.test(model)) return ['max_gen_len']
  return /mistral|cohere|openai|deepseek|qwen|ai21/.test(model) && listOf(body['messages']).length > 0
    ? ['max_tokens']
    : null
}

function modelInPath(head: RequestHead): string | null {
  return nameInPath(head.path, /\/model\/([^/]+)\//)
}
