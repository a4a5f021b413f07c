import type { Dialect } from '../../types/provider.ts'
import { mistralRefusals } from '../../refusals/other-refusals.ts'
import { bodyObject } from '../../requests/model-request.ts'
import { chatCompletions } from '../openai/chat-completions.ts'
import { COMPLETIONS, readCompletion } from '../openai/completions.ts'

/** Chat and agents. Usage comes in the last chunk without being asked for. */
export const MISTRAL_CHAT: Dialect = chatCompletions({
  path: /\/(chat|agents)\/completions$/,
  streamOptions: false,
  notices: false,
  limitName: 'max_tokens',
  refusals: mistralRefusals,
})

/** Filling in the middle: a prompt and a suffix, answered as chat is. */
export const MISTRAL_FIM: Dialect = {
  ...COMPLETIONS,
  api: 'fim.completions',
  matches: (head) => head.method === 'POST' && /\/fim\/completions$/.test(head.path),
  readRequest: (head, body) => readCompletion('fim.completions', head.path, bodyObject(body), null),
  askForUsage: undefined,
  ...mistralRefusals,
}
