import { GEMINI_CACHES, INTERACTIONS, INTERACTIONS_STORED } from '../dialects/google/gemini-interactions.ts'
import { openAiCompatible } from './openai-compatible.ts'
import type { Provider } from '../types/provider.ts'

/**
 * https://ai.google.dev/api. Its OpenAI-compatible API leaves thinking out of `completion_tokens`. Code Assist is what
 * a signed-in Gemini CLI uses.
 */
export const GOOGLE: Provider = {
  ...openAiCompatible({
    id: 'google',
    origin: 'https://generativelanguage.googleapis.com',
    hosts: ['generativelanguage.googleapis.com', 'cloudcode-pa.googleapis.com'],
    priceProvider: 'google',
    dialects: [INTERACTIONS, INTERACTIONS_STORED, GEMINI_CACHES],
    chat: { usage: { outputImplied: true } },
  }),
  keyHeaders: ['x-goog-api-key', 'authorization'],
}
