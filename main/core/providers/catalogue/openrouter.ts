import { openAiCompatible } from './openai-compatible.ts'

/** https://openrouter.ai/docs/api-reference. Every answer states its cost. */
export const OPENROUTER = openAiCompatible({
  id: 'openrouter',
  origin: 'https://openrouter.ai',
  priceProvider: 'openrouter',
  chat: { limitName: 'max_tokens' },
})
