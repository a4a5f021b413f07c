import { ANTHROPIC_MESSAGES, readMessagesRequest } from '../dialects/anthropic/anthropic-messages.ts'
import { chatCompletions } from '../dialects/openai/chat-completions.ts'
import { modelInPath } from '../dialects/google/gemini.ts'
import { PREDICT } from '../dialects/google/gemini-interactions.ts'
import { openAiCompatible } from './openai-compatible.ts'
import type { Dialect, Provider } from '../types/provider.ts'
import { VERTEX_REGIONS } from './regions.ts'
import { bodyObject } from '../requests/model-request.ts'

/** Claude on Vertex: the Messages body, with the model and the stream in the path. */
const VERTEX_MESSAGES: Dialect = {
  ...ANTHROPIC_MESSAGES,
  matches: (head) =>
    head.method === 'POST' && /\/publishers\/anthropic\/models\/[^/]+:(rawPredict|streamRawPredict)$/.test(head.path),
  readRequest(head, body) {
    const fields = bodyObject(body)
    const stream = head.path.endsWith(':streamRawPredict') && fields['stream'] !== false
    return readMessagesRequest('messages', fields, { model: modelInPath(head), stream })
  },
}

/** https://cloud.google.com/vertex-ai/generative-ai/docs/reference/rest */
export const VERTEX: Provider = {
  ...openAiCompatible({
    id: 'vertex',
    origin: 'https://aiplatform.googleapis.com',
    hosts: [
      'aiplatform.googleapis.com',
      ...VERTEX_REGIONS.map((region) => `${region}-aiplatform.googleapis.com`),
      'aiplatform.us.rep.googleapis.com',
      'aiplatform.eu.rep.googleapis.com',
    ],
    priceProvider: 'google',
    dialects: [
      VERTEX_MESSAGES,
      chatCompletions({ path: /\/models\/[^/]+:(rawPredict|streamRawPredict)$/, streamOptions: false }),
      chatCompletions({ usage: { outputImplied: true } }),
      PREDICT,
    ],
  }),
  keyHeaders: ['authorization', 'x-goog-api-key'],
}
