import { openAiCompatible } from './openai-compatible.ts'

/** https://inference-docs.cerebras.ai/api-reference */
export const CEREBRAS = openAiCompatible({
  id: 'cerebras',
  origin: 'https://api.cerebras.ai',
  priceProvider: 'cerebras',
  chat: { limitName: 'max_completion_tokens' },
})
