import type { Dialect } from '../../types/provider.ts'
import { freeReader, plainReader } from '../../readers/plain-reader.ts'
import { openAiRefusals } from '../../refusals/openai-refusals.ts'
import { freeRequest, modelRequest } from '../../requests/model-request.ts'
import { isObject } from '../../../metering/framing/lenient-json.ts'

/** Paths that name a model without calling it. */
const MANAGEMENT =
  /\/(files|models?|agents|assistants|threads|vector_stores|conversations|containers|fine_tuning|fine-tuning|realtime|uploads|evals|skills|cachedContents|organization|tokenize|detokenize|show|pull|push|create|copy|delete|prompts?|workflows|traces|corpora|fileSearchStores|guardrail|sessions)(\/|$)/

export const MODERATION: Dialect = free('moderation', /\/moderations$/)

/**
 * A POST on a path that nobody here knows: when its body names a model it may well cost money, so it is held as a
 * call. Lists, files and settings are not asked about at all: the proxy passes them on.
 */
export const OTHER: Dialect = {
  api: 'other',
  matches: ({ method, path, headers }) =>
    method === 'POST' && !MANAGEMENT.test(path) && (headers['content-type'] ?? '').includes('json'),
  readRequest(_head, body) {
    if (!namesModel(body)) return freeRequest('other', body)
    return modelRequest('other', isObject(body) ? body : {})
  },
  createReader: () => plainReader(),
  ...openAiRefusals,
}

function namesModel(body: unknown): boolean {
  return isObject(body) && (typeof body['model'] === 'string' || typeof body['model_id'] === 'string')
}

function free(api: string, path: RegExp): Dialect {
  return {
    api,
    matches: (head) => head.method === 'POST' && path.test(head.path),
    readRequest: (_head, body) => freeRequest(api, body),
    createReader: freeReader,
    ...openAiRefusals,
  }
}
