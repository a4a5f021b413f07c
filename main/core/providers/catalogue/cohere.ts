import { COHERE_CHAT, COHERE_EMBED, COHERE_GENERATE, COHERE_RERANK } from '../dialects/others/cohere.ts'
import { openAiCompatible } from './openai-compatible.ts'

/** https://docs.cohere.com/reference. It has an OpenAI-compatible API too (`/compatibility/v1`). */
export const COHERE = openAiCompatible({
  id: 'cohere',
  origin: 'https://api.cohere.com',
  hosts: ['api.cohere.com', 'api.cohere.ai', 'production.api.cohere.ai'],
  priceProvider: 'cohere',
  dialects: [COHERE_CHAT, COHERE_GENERATE, COHERE_EMBED, COHERE_RERANK],
})
