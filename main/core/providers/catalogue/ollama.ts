import { OLLAMA_CHAT, OLLAMA_EMBED, OLLAMA_GENERATE } from '../dialects/others/ollama.ts'
import { openAiCompatible } from './openai-compatible.ts'

const OLLAMA_DIALECTS = [OLLAMA_CHAT, OLLAMA_GENERATE, OLLAMA_EMBED]

/** Models on this machine: free by declaration, reached by base URL only. */
export const OLLAMA = openAiCompatible({
  id: 'ollama',
  origin: 'http://127.0.0.1:11434',
  hosts: [],
  billing: 'local',
  dialects: OLLAMA_DIALECTS,
})

/** The same API as a service. */
export const OLLAMA_CLOUD = openAiCompatible({
  id: 'ollama-cloud',
  origin: 'https://ollama.com',
  dialects: OLLAMA_DIALECTS,
})
