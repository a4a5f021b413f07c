import { isObject, type JsonObject, listOf, memberAt, textOf } from '../../../metering/framing/lenient-json.ts'
import type { Dialect, ModelRequest } from '../../types/provider.ts'
import { freeReader } from '../../readers/plain-reader.ts'
import { responsesReader } from '../../readers/responses-reader.ts'
import { openAiRefusals, responsesRefusals } from '../../refusals/openai-refusals.ts'
import { hidesReasoning } from '../../requests/hidden-reasoning.ts'
import { bodyObject, freeRequest, limitOf, modelRequest } from '../../requests/model-request.ts'
import { responsesNotice } from '../../requests/notice-place.ts'
import { responsesInput } from '../../requests/responses-input.ts'

/** Tools that the client runs itself: what they do is not part of the call. */
const CLIENT_TOOLS = new Set([
  'function',
  'custom',
  'local_shell',
  'shell',
  'apply_patch',
  'computer',
  'computer_use_preview',
])

/** https://platform.openai.com/docs/api-reference/responses */
export const RESPONSES: Dialect = {
  api: 'responses',
  matches: (head) => head.method === 'POST' && /\/responses$/.test(head.path),
  readRequest: (_head, body) => readResponsesRequest(bodyObject(body)),
  clamp: (_request, _body, maxOutputTokens) => ({ path: ['max_output_tokens'], value: maxOutputTokens }),
  addNotice: responsesNotice,
  createReader: responsesReader,
  ...responsesRefusals,
}

/** Makes a shorter history of a long one: billed as any call, and never streamed. */
export const RESPONSES_COMPACT: Dialect = {
  ...RESPONSES,
  api: 'responses.compact',
  matches: (head) => head.method === 'POST' && /\/responses\/compact$/.test(head.path),
  readRequest: (_head, body) => ({
    ...readResponsesRequest(bodyObject(body)),
    api: 'responses.compact',
    output: 'hidden',
    compacts: true,
  }),
  clamp: undefined,
  addNotice: undefined,
}

/** Reading or cancelling a stored response repeats its usage: never a new charge, but it may close a background call. */
export const RESPONSES_STORED: Dialect = {
  api: 'responses.stored',
  matches: ({ method, path }) =>
    (method === 'GET' && /\/responses\/[^/]+$/.test(path)) ||
    (method === 'POST' && /\/responses\/[^/]+\/cancel$/.test(path)),
  readRequest: (head, body) => freeRequest('responses.stored', body, { stream: head.query.get('stream') === 'true' }),
  createReader: responsesReader,
  ...responsesRefusals,
}

export const RESPONSES_COUNT_TOKENS: Dialect = {
  api: 'count_tokens',
  matches: (head) => head.method === 'POST' && /\/responses\/input_tokens$/.test(head.path),
  readRequest: (_head, body) => freeRequest('count_tokens', body),
  createReader: freeReader,
  ...openAiRefusals,
}

/** The body of a `response.create`, by HTTP or as a WebSocket frame. */
export function readResponsesRequest(body: JsonObject): ModelRequest {
  const model = textOf(body['model'])
  const stream = body['stream'] === true
  return modelRequest('responses', body, {
    model,
    messages: responsesInput(body),
    maxOutputTokens: limitOf(body['max_output_tokens']),
    output: stream && !isHidden(model, body) ? 'visible' : 'hidden',
    storedInput: storedInputOf(body),
    background: body['background'] === true,
    ...(listOf(body['input']).some((item) => memberAt(item, 'type') === 'compaction_trigger')
      ? { compacts: true }
      : {}),
  })
}

function isHidden(model: string | null, body: JsonObject): boolean {
  const serverTools = listOf(body['tools']).some(
    (tool) => !CLIENT_TOOLS.has(textOf(memberAt(tool, 'type')) ?? 'function'),
  )
  const effort = memberAt(body, 'reasoning', 'effort')
  return serverTools || body['background'] === true || hidesReasoning(model, effort)
}

/** The response, conversation or prompt that the input goes on from. */
function storedInputOf(body: JsonObject): string | null {
  const conversation = isObject(body['conversation']) ? body['conversation']['id'] : body['conversation']
  return textOf(body['previous_response_id']) ?? textOf(conversation) ?? textOf(memberAt(body, 'prompt', 'id'))
}
