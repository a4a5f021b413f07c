import { openAiCompatible } from './openai-compatible.ts'

/** https://docs.perplexity.ai/api-reference. Usage and cost come in every chunk; searches are part of the cost. */
export const PERPLEXITY = openAiCompatible({
  id: 'perplexity',
  origin: 'https://api.perplexity.ai',
  priceProvider: 'perplexity',
  chat: { streamOptions: false, limitName: 'max_tokens' },
})
