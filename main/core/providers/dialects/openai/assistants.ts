import {
  isObject,
  type JsonObject,
  listOf,
  memberAt,
  objectOf,
  textOf,
} from '../../../metering/framing/lenient-json.ts'
import { ObservedResponse } from '../../../metering/usage/observed-response.ts'
import type { UsageReader } from '../../../metering/usage/usage-reader.ts'
import { openAiUsage } from '../../../metering/usage-reports/openai-usage.ts'
import type { Dialect } from '../../types/provider.ts'
import { assistantsRefusals } from '../../refusals/openai-refusals.ts'
import { bodyObject, freeRequest, limitOf, modelRequest } from '../../requests/model-request.ts'
import { promptMessage, toolsMessage } from '../../requests/prompt-message.ts'

const RUNNING = new Set(['queued', 'in_progress', 'cancelling', 'requires_action'])

/** Runs of the Assistants API. The thread is kept by the provider; a run is over when a later GET says so. */
export const ASSISTANT_RUNS: Dialect = {
  api: 'assistants',
  matches: (head) =>
    head.method === 'POST' && /\/threads\/(runs|[^/]+\/runs)(\/[^/]+\/submit_tool_outputs)?$/.test(head.path),
  readRequest(head, body) {
    const fields = bodyObject(body)
    const instructions = [fields['instructions'], fields['additional_instructions']].map(textOf).join('')
    return modelRequest('assistants', fields, {
      messages: [...toolsMessage(fields['tools']), ...(instructions ? [promptMessage('system', instructions)] : [])],
      maxOutputTokens: limitOf(fields['max_completion_tokens']),
      storedInput: /\/threads\/(thread_[^/]+)/.exec(head.path)?.[1] ?? null,
      background: fields['stream'] !== true,
    })
  },
  clamp: (_request, _body, maxOutputTokens) => ({ path: ['max_completion_tokens'], value: maxOutputTokens }),
  createReader: runReader,
  ...assistantsRefusals,
}

export const ASSISTANT_RUN_STORED: Dialect = {
  ...ASSISTANT_RUNS,
  api: 'assistants.stored',
  matches: ({ method, path }) =>
    (method === 'GET' && /\/threads\/[^/]+\/runs\/[^/]+$/.test(path)) ||
    (method === 'POST' && /\/runs\/[^/]+\/cancel$/.test(path)),
  readRequest: (_head, body) => freeRequest('assistants.stored', body),
  clamp: undefined,
}

function runReader(): UsageReader {
  const seen = new ObservedResponse(openAiUsage)
  return {
    body(value, _headers, httpStatus) {
      takeRun(seen, objectOf(value))
      if (httpStatus >= 400) seen.fail()
      seen.done()
    },
    event(name, value) {
      if (name === 'error') seen.fail()
      if (name === 'done') seen.done()
      const event = objectOf(value)
      if (event['object'] === 'thread.run') takeRun(seen, event)
      for (const part of listOf(memberAt(event, 'delta', 'content'))) seen.output(memberAt(part, 'text', 'value'))
    },
    reading: () => seen.reading,
  }
}

/** Steps report their share of the same usage, so only the run's own is taken. */
function takeRun(seen: ObservedResponse, run: JsonObject): void {
  const status = textOf(run['status'])
  seen.identify(run['id'], run['model'])
  seen.finish(status)
  seen.reading.pending = status !== null && RUNNING.has(status)
  if (status === 'failed') seen.fail()
  if (isObject(run['usage'])) seen.report(run['usage'])
}
