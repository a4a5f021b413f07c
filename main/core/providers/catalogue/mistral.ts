import { MISTRAL_CHAT, MISTRAL_FIM } from '../dialects/others/mistral.ts'
import { openAiCompatible } from './openai-compatible.ts'

/** https://docs.mistral.ai/api */
export const MISTRAL = openAiCompatible({
  id: 'mistral',
  origin: 'https://api.mistral.ai',
  hosts: ['api.mistral.ai', 'codestral.mistral.ai'],
  priceProvider: 'mistral',
  dialects: [MISTRAL_FIM, MISTRAL_CHAT],
})
