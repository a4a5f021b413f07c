import { openAiCompatible } from './openai-compatible.ts'

/** https://docs.fireworks.ai/api-reference. Its paths begin with `/inference/v1`. */
export const FIREWORKS = openAiCompatible({
  id: 'fireworks',
  origin: 'https://api.fireworks.ai',
  priceProvider: 'fireworks',
  chat: { limitName: 'max_tokens' },
})
