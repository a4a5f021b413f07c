import {
  isObject,
  type JsonObject,
  listOf,
  memberAt,
  objectOf,
  textOf,
} from '../../../metering/framing/lenient-json.ts'
import { ObservedResponse, type UsageReport } from '../../../metering/usage/observed-response.ts'
import type { UsageReader } from '../../../metering/usage/usage-reader.ts'
import { alephAlphaUsage, watsonxUsage } from '../../../metering/usage-reports/other-usage.ts'
import type { Dialect } from '../../types/provider.ts'
import { openAiRefusals } from '../../refusals/openai-refusals.ts'
import { bodyObject, limitOf, modelRequest } from '../../requests/model-request.ts'
import { promptMessage } from '../../requests/prompt-message.ts'

/** IBM watsonx: https://cloud.ibm.com/apidocs/watsonx-ai#text-generation */
export const WATSONX_GENERATE: Dialect = {
  api: 'watsonx.generate',
  matches: (head) =>
    head.method === 'POST' && /\/text\/generation(_stream)?$|\/generation\/text(_stream)?$/.test(head.path),
  readRequest(head, body) {
    const fields = bodyObject(body)
    const stream = head.path.endsWith('_stream')
    return modelRequest('watsonx.generate', fields, {
      model: textOf(fields['model_id']),
      stream,
      messages: [promptMessage('user', textOf(fields['input']) ?? '')],
      maxOutputTokens: limitOf(memberAt(fields, 'parameters', 'max_new_tokens')),
      output: stream ? 'visible' : 'hidden',
    })
  },
  clamp: (_request, _body, maxOutputTokens) => ({ path: ['parameters', 'max_new_tokens'], value: maxOutputTokens }),
  createReader: () => generationReader(watsonxUsage, takeWatsonx),
  ...openAiRefusals,
}

export const ALEPH_ALPHA_COMPLETE: Dialect = {
  api: 'complete',
  matches: (head) => head.method === 'POST' && /^\/complete$/.test(head.path),
  readRequest(_head, body) {
    const fields = bodyObject(body)
    const parts = typeof fields['prompt'] === 'string' ? [{ data: fields['prompt'] }] : listOf(fields['prompt'])
    const text = parts.map((part) => textOf(memberAt(part, 'data')) ?? '').join('')
    return modelRequest('complete', fields, {
      messages: [promptMessage('user', text)],
      maxOutputTokens: limitOf(fields['maximum_tokens']),
    })
  },
  clamp: (_request, _body, maxOutputTokens) => ({ path: ['maximum_tokens'], value: maxOutputTokens }),
  createReader: () => generationReader(alephAlphaUsage, takeAlephAlpha),
  ...openAiRefusals,
}

function generationReader(
  interpret: (report: JsonObject) => UsageReport,
  take: (seen: ObservedResponse, body: JsonObject) => void,
): UsageReader {
  const seen = new ObservedResponse(interpret)
  return {
    body(value, _headers, httpStatus) {
      take(seen, objectOf(value))
      if (httpStatus >= 400) seen.fail()
      seen.done()
    },
    event: (_name, value) => take(seen, objectOf(value)),
    reading: () => seen.reading,
  }
}

function takeWatsonx(seen: ObservedResponse, body: JsonObject): void {
  seen.identify(null, body['model_id'])
  const result = objectOf(listOf(body['results'])[0])
  seen.output(result['generated_text'])
  // Later chunks say zero for the prompt, which the first has counted.
  const input = result['input_token_count'] === 0 ? {} : { input_token_count: result['input_token_count'] }
  if (result['generated_token_count'] !== undefined) {
    seen.report({ ...input, generated_token_count: result['generated_token_count'] })
  }
  const reason = textOf(result['stop_reason'])
  if (reason !== null && reason !== 'not_finished') {
    seen.finish(reason)
    seen.done()
  }
  if (Array.isArray(body['errors'])) seen.fail()
}

function takeAlephAlpha(seen: ObservedResponse, body: JsonObject): void {
  seen.identify(body['id'], body['model_version'])
  for (const item of listOf(body['completions'])) {
    seen.output(memberAt(item, 'completion'))
    seen.finish(memberAt(item, 'finish_reason'))
  }
  if (isObject(body))
    seen.report({
      num_tokens_prompt_total: body['num_tokens_prompt_total'],
      num_tokens_generated: body['num_tokens_generated'],
    })
}
