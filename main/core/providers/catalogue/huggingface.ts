import { chatCompletions } from '../dialects/openai/chat-completions.ts'
import { openAiCompatible } from './openai-compatible.ts'

/** https://huggingface.co/docs/inference-providers. A router: the price is the one of the provider behind it. */
export const HUGGINGFACE = openAiCompatible({
  id: 'huggingface',
  origin: 'https://router.huggingface.co',
  hosts: ['router.huggingface.co', 'api-inference.huggingface.co', '*.endpoints.huggingface.cloud'],
  priceProvider: 'huggingface_together',
  chat: { limitName: 'max_tokens' },
  // Novita reports usage without being asked: an edit would take out a chunk that its clients are used to.
  dialects: [
    chatCompletions({ path: /^\/novita\/.*\/chat\/completions$/, streamOptions: false, limitName: 'max_tokens' }),
  ],
})
