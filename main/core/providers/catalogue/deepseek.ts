import { openAiCompatible } from './openai-compatible.ts'

/** https://api-docs.deepseek.com. Shows its reasoning, and has Anthropic's API under `/anthropic`. */
export const DEEPSEEK = openAiCompatible({
  id: 'deepseek',
  origin: 'https://api.deepseek.com',
  priceProvider: 'deepseek',
  chat: { limitName: 'max_tokens' },
})
