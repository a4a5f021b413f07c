import { openAiCompatible } from './openai-compatible.ts'

/** https://docs.together.ai/reference */
export const TOGETHER = openAiCompatible({
  id: 'together',
  origin: 'https://api.together.xyz',
  hosts: ['api.together.xyz', 'api.together.ai'],
  priceProvider: 'together',
  chat: { limitName: 'max_tokens' },
})
