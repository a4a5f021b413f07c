import { type JsonObject, listOf } from '../../../metering/framing/lenient-json.ts'
import type { Dialect, ModelRequest } from '../../types/provider.ts'
import { chatReader } from '../../readers/chat-reader.ts'
import { openAiRefusals } from '../../refusals/openai-refusals.ts'
import { bodyObject, limitOf, modelRequest } from '../../requests/model-request.ts'
import { promptMessage } from '../../requests/prompt-message.ts'
import { askForStreamUsage, deploymentOf } from './chat-completions.ts'

/** What a legacy completion writes when the client names no limit (OpenAI's documented default). */
const DEFAULT_COMPLETION_TOKENS = 16

/** Legacy completions: https://platform.openai.com/docs/api-reference/completions */
export const COMPLETIONS: Dialect = {
  api: 'completions',
  matches: (head) => head.method === 'POST' && /\/completions$/.test(head.path),
  readRequest: (head, body) => readCompletion('completions', head.path, bodyObject(body), DEFAULT_COMPLETION_TOKENS),
  askForUsage: askForStreamUsage,
  clamp: (_request, _body, maxOutputTokens) => ({ path: ['max_tokens'], value: maxOutputTokens }),
  createReader: () => chatReader(),
  ...openAiRefusals,
}

/** A completion from a prompt (and a suffix, for filling in the middle). Each prompt of a list is answered. */
export function readCompletion(
  api: string,
  path: string,
  body: JsonObject,
  defaultTokens: number | null,
): ModelRequest {
  const prompt = body['prompt']
  // A flat list of numbers is one prompt as token ids; any other list holds several prompts.
  const prompts: unknown[] = Array.isArray(prompt) && typeof prompt[0] !== 'number' ? prompt : [prompt]
  const texts = [...prompts, body['suffix']].map((text) => (typeof text === 'string' ? text : tokenText(text)))
  const choices = Math.max(limitOf(body['best_of']) ?? 1, limitOf(body['n']) ?? 1) * Math.max(1, prompts.length)
  const request = modelRequest(api, body)
  return {
    ...request,
    model: request.model ?? deploymentOf(path),
    messages: texts.filter((text) => text !== '').map((text) => promptMessage('user', text)),
    maxOutputTokens: limitOf(body['max_tokens']) ?? defaultTokens,
    choices,
    output: request.stream && choices === 1 ? 'visible' : 'hidden',
  }
}

/** A prompt given as token ids: as many words, so that an estimate comes near. */
function tokenText(prompt: unknown): string {
  return listOf(prompt)
    .flat()
    .map(() => ' a')
    .join('')
}
