import { openAiCompatible } from './openai-compatible.ts'

/** https://console.groq.com/docs/api-reference. Its paths begin with `/openai/v1`. */
export const GROQ = openAiCompatible({
  id: 'groq',
  origin: 'https://api.groq.com',
  priceProvider: 'groq',
})
