import { geminiNotice } from '../../requests/notice-place.ts'
import { type JsonObject, listOf, memberAt, objectOf, textOf } from '../../../metering/framing/lenient-json.ts'
import type { Dialect, ModelRequest, RequestHead } from '../../types/provider.ts'
import { geminiReader } from '../../readers/gemini-reader.ts'
import { geminiRefusals } from '../../refusals/gemini-refusals.ts'
import { geminiContents } from '../../requests/gemini-contents.ts'
import { spelled } from '../../requests/spelled.ts'
import { hidesReasoning } from '../../requests/hidden-reasoning.ts'
import { bodyObject, freeRequest, limitOf, minimumWithThinking, modelRequest } from '../../requests/model-request.ts'
import { nameInPath } from '../../requests/path-name.ts'

/** Tools that Google runs: what they fetch is input that nobody sees coming. */
const SERVER_TOOLS = [
  'googleSearch',
  'googleSearchRetrieval',
  'codeExecution',
  'urlContext',
  'fileSearch',
  'googleMaps',
]

/** https://ai.google.dev/api/generate-content, and the same on Vertex. */
export const GENERATE_CONTENT: Dialect = generate('generateContent', /(:generateContent|:rawGenerateContent)$/, false)
export const STREAM_GENERATE_CONTENT: Dialect = generate('streamGenerateContent', /:streamGenerateContent$/, true)

export const GEMINI_COUNT_TOKENS: Dialect = {
  api: 'count_tokens',
  matches: (head) => /:(countTokens|computeTokens|count-tokens)$/.test(head.path),
  readRequest: (head, body) => freeRequest('count_tokens', body, { model: modelInPath(head) }),
  createReader: geminiReader,
  ...geminiRefusals,
}

export const GEMINI_EMBEDDINGS: Dialect = {
  api: 'embeddings',
  matches: (head) => head.method === 'POST' && /:(embedContent|batchEmbedContents|embedText)$/.test(head.path),
  readRequest(head, body) {
    const fields = bodyObject(body)
    const contents = fields['requests'] === undefined ? [fields] : listOf(fields['requests'])
    const messages = contents.flatMap((item) => geminiContents({ contents: [memberAt(item, 'content')] }))
    return modelRequest('embeddings', fields, { model: modelInPath(head), messages, output: 'none', kind: 'retrieval' })
  },
  createReader: geminiReader,
  ...geminiRefusals,
}

function generate(api: string, path: RegExp, stream: boolean): Dialect {
  return {
    api,
    matches: (head) => head.method === 'POST' && path.test(head.path),
    readRequest: (head, body) => readGenerateRequest(api, head, bodyObject(body), stream),
    clamp(_request, body, maxOutputTokens) {
      const fields = objectOf(body)
      const inner = objectOf(fields['request'])
      const wrapped = Object.keys(inner).length > 0
      const config = spelled(wrapped ? inner : fields, 'generationConfig')
      const limit = spelled(objectOf(config.value), 'maxOutputTokens')
      return { path: [...(wrapped ? ['request'] : []), config.name, limit.name], value: maxOutputTokens }
    },
    addNotice: geminiNotice,
    createReader: geminiReader,
    ...geminiRefusals,
  }
}

function readGenerateRequest(api: string, head: RequestHead, outer: JsonObject, stream: boolean): ModelRequest {
  // Code Assist wraps the request and names the model beside it.
  const inner = objectOf(outer['request'])
  const body = Object.keys(inner).length > 0 ? inner : outer
  const model = modelInPath(head) ?? textOf(outer['model'])
  const config = objectOf(spelled(body, 'generationConfig').value)
  const budget = limitOf(spelled(objectOf(spelled(config, 'thinkingConfig').value), 'thinkingBudget').value)
  const choices = limitOf(spelled(config, 'candidateCount').value) ?? 1
  const visible = stream && choices === 1 && !isHidden(model, body, config)
  return modelRequest(api, body, {
    model,
    stream,
    messages: geminiContents(body),
    maxOutputTokens: limitOf(spelled(config, 'maxOutputTokens').value),
    minOutputTokens: minimumWithThinking(budget),
    choices,
    output: visible ? 'visible' : 'hidden',
    storedInput: textOf(spelled(body, 'cachedContent').value),
    serviceTier: textOf(spelled(body, 'serviceTier').value),
  })
}

/** Thinking is hidden, its summaries are not what is billed; a budget of zero switches it off. */
function isHidden(model: string | null, body: JsonObject, config: JsonObject): boolean {
  const thinking = objectOf(spelled(config, 'thinkingConfig').value)
  const budget = spelled(thinking, 'thinkingBudget').value
  const asksToThink = Object.keys(thinking).length > 0 && budget !== 0
  const modalities = listOf(spelled(config, 'responseModalities').value)
  const makesMore =
    modalities.some((modality) => String(modality).toUpperCase() !== 'TEXT') || /image|tts/.test(model ?? '')
  const serverTools = listOf(body['tools']).some((tool) =>
    SERVER_TOOLS.some((name) => spelled(objectOf(tool), name).value !== undefined),
  )
  return makesMore || serverTools || asksToThink || (budget !== 0 && hidesReasoning(model))
}

/** `…/models/{model}:verb`, also `tunedModels/…` and Vertex endpoints. */
export function modelInPath(head: RequestHead): string | null {
  const name = nameInPath(head.path, /\/((?:models|tunedModels|endpoints)\/[^/:]+):/)
  return name?.replace(/^models\//, '') ?? null
}
