import {
  type JsonObject,
  isObject,
  listOf,
  memberAt,
  objectOf,
  textOf,
} from '../../../metering/framing/lenient-json.ts'
import type { Dialect, ModelRequest, RequestHead } from '../../types/provider.ts'
import { batchReader } from '../../readers/batch-reader.ts'
import { openAiRefusals } from '../../refusals/openai-refusals.ts'
import { anthropicMessages } from '../../requests/anthropic-messages.ts'
import { geminiContents } from '../../requests/gemini-contents.ts'
import { spelled } from '../../requests/spelled.ts'
import { bodyObject, freeRequest, limitOf, modelRequest } from '../../requests/model-request.ts'
import { modelInPath } from '../google/gemini.ts'

/**
 * A batch of calls, made in the background at the batch price: held when it is created, closed when a later read shows
 * what it used. Anthropic and Google send the requests along, so they are quoted; OpenAI names a file that was uploaded
 * before, so nothing can be held and only the truth is charged.
 */
export const BATCH_CREATED: Dialect = {
  api: 'batches',
  matches: (head) => head.method === 'POST' && /(\/batches|:batchGenerateContent)$/.test(head.path),
  readRequest: (head, body) => readBatch(head, bodyObject(body)),
  createReader: batchReader,
  ...openAiRefusals,
}

/** Reading, listing or cancelling batches costs nothing; what it shows may close one. */
export const BATCH_STORED: Dialect = {
  api: 'batches.stored',
  matches: ({ path }) => /\/batches(\/[^/]+)?(\/(cancel|results))?$|\/batches\//.test(path),
  readRequest: ({ path }, body) =>
    freeRequest('batches.stored', body, { storedInput: /\/batches\/([^/]+)\/results$/.exec(path)?.[1] ?? null }),
  createReader: batchReader,
  ...openAiRefusals,
}

function readBatch(head: RequestHead, fields: JsonObject): ModelRequest {
  const calls = callsOf(fields)
  const limits = calls.map((call) =>
    limitOf(call['max_tokens'], spelled(objectOf(spelled(call, 'generationConfig').value), 'maxOutputTokens').value),
  )
  return modelRequest('batches', fields, {
    model: textOf(calls[0]?.['model']) ?? modelInPath(head),
    messages: calls.flatMap((call) =>
      call['contents'] === undefined ? anthropicMessages(call) : geminiContents(call),
    ),
    maxOutputTokens: limits.some((limit) => limit === null) ? null : Math.max(...limits.map(Number), 1),
    choices: Math.max(1, calls.length),
    output: calls.length > 0 ? 'hidden' : 'none',
    background: true,
    serviceTier: 'batch',
  })
}

/** The bodies of the calls in it; none where they are in a file. */
function callsOf(fields: JsonObject): JsonObject[] {
  if (fields['requests'] !== undefined)
    return listOf(fields['requests']).map((item) => objectOf(memberAt(item, 'params')))
  const config = objectOf(spelled(objectOf(fields['batch']), 'inputConfig').value)
  return listOf(memberAt(config, 'requests', 'requests'))
    .map((item) => objectOf(memberAt(item, 'request')))
    .filter(isObject)
}
