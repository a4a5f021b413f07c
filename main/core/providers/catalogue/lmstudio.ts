import { openAiCompatible } from './openai-compatible.ts'

/** Models on this machine: free by declaration, reached by base URL only. */
export const LMSTUDIO = openAiCompatible({
  id: 'lmstudio',
  origin: 'http://127.0.0.1:1234',
  hosts: [],
  billing: 'local',
  chat: { limitName: 'max_tokens' },
})
