import { openAiCompatible } from './openai-compatible.ts'

/** https://platform.openai.com/docs/api-reference. The ChatGPT host is what signed-in agents use. */
export const OPENAI = openAiCompatible({
  id: 'openai',
  origin: 'https://api.openai.com',
  hosts: ['api.openai.com', 'eu.api.openai.com', 'us.api.openai.com', 'chatgpt.com'],
  priceProvider: 'openai',
})
