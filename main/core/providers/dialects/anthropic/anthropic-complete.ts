import { objectOf } from '../../../metering/framing/lenient-json.ts'
import { ObservedResponse } from '../../../metering/usage/observed-response.ts'
import type { UsageReader } from '../../../metering/usage/usage-reader.ts'
import { anthropicUsage } from '../../../metering/usage-reports/anthropic-usage.ts'
import type { Dialect } from '../../types/provider.ts'
import { anthropicRefusals } from '../../refusals/anthropic-refusals.ts'
import { bodyObject, limitOf, modelRequest } from '../../requests/model-request.ts'
import { promptMessage } from '../../requests/prompt-message.ts'

/** Anthropic's first API. It reports no usage: what passed by is counted. */
export const ANTHROPIC_COMPLETE: Dialect = {
  api: 'complete',
  matches: (head) => head.method === 'POST' && /\/v1\/complete$/.test(head.path),
  readRequest(_head, body) {
    const fields = bodyObject(body)
    return modelRequest('complete', fields, {
      messages: [promptMessage('user', typeof fields['prompt'] === 'string' ? fields['prompt'] : '')],
      maxOutputTokens: limitOf(fields['max_tokens_to_sample']),
      output: fields['stream'] === true ? 'visible' : 'hidden',
    })
  },
  clamp: (_request, _body, maxOutputTokens) => ({ path: ['max_tokens_to_sample'], value: maxOutputTokens }),
  createReader: completeReader,
  ...anthropicRefusals,
}

function completeReader(): UsageReader {
  const seen = new ObservedResponse(anthropicUsage)
  const take = (value: unknown) => {
    const body = objectOf(value)
    seen.identify(body['id'] ?? body['log_id'], body['model'])
    seen.output(body['completion'])
    seen.finish(body['stop_reason'])
    if (body['type'] === 'error' || body['error']) seen.fail()
    if (typeof body['stop_reason'] === 'string' || body['type'] === 'error') seen.done()
  }
  return {
    body(value, _headers, httpStatus) {
      take(value)
      if (httpStatus >= 400) seen.fail()
      seen.done()
    },
    event: (_name, value) => take(value),
    reading: () => seen.reading,
  }
}
