import { openAiCompatible } from './openai-compatible.ts'

/** https://docs.x.ai/docs/api-reference. Chat counts reasoning apart from `completion_tokens`; every answer states its cost. */
export const XAI = openAiCompatible({
  id: 'xai',
  origin: 'https://api.x.ai',
  hosts: ['api.x.ai', 'us-east-1.api.x.ai', 'us-west-1.api.x.ai', 'eu-west-1.api.x.ai'],
  priceProvider: 'x-ai',
  chat: { limitName: 'max_completion_tokens' },
})
