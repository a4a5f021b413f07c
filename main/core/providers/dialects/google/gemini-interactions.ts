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
import { interactionsUsage, predictUsage } from '../../../metering/usage-reports/gemini-usage.ts'
import type { Dialect } from '../../types/provider.ts'
import { freeReader, plainReader } from '../../readers/plain-reader.ts'
import { geminiRefusals, interactionsRefusals } from '../../refusals/gemini-refusals.ts'
import { contentOf, roleOf } from '../../requests/chat-messages.ts'
import { bodyObject, freeRequest, limitOf, modelRequest } from '../../requests/model-request.ts'
import { promptMessage, toolsMessage } from '../../requests/prompt-message.ts'
import { modelInPath } from './gemini.ts'

/** https://ai.google.dev/api/interactions-api. Thinking and agents work unseen, so the output is always hidden. */
export const INTERACTIONS: Dialect = {
  api: 'interactions',
  matches: (head) => head.method === 'POST' && /\/interactions$/.test(head.path),
  readRequest(_head, body) {
    const fields = bodyObject(body)
    const system = textOf(fields['system_instruction'])
    const input: unknown[] = Array.isArray(fields['input']) ? fields['input'] : [fields['input']]
    const turns = input.map((item) => {
      const content = memberAt(item, 'content')
      return promptMessage(roleOf(memberAt(item, 'role')), '', contentOf(content ?? [item]))
    })
    return modelRequest('interactions', fields, {
      model: textOf(fields['model']) ?? textOf(fields['agent']),
      messages: [...toolsMessage(fields['tools']), ...(system ? [promptMessage('system', system)] : []), ...turns],
      maxOutputTokens: limitOf(memberAt(fields, 'generation_config', 'max_output_tokens')),
      storedInput: textOf(fields['previous_interaction_id']),
      background: fields['background'] === true,
    })
  },
  clamp: (_request, _body, maxOutputTokens) => ({
    path: ['generation_config', 'max_output_tokens'],
    value: maxOutputTokens,
  }),
  createReader: interactionsReader,
  ...interactionsRefusals,
}

export const INTERACTIONS_STORED: Dialect = {
  ...INTERACTIONS,
  api: 'interactions.stored',
  matches: ({ method, path }) => method === 'GET' && /\/interactions\/[^/]+$/.test(path),
  readRequest: (_head, body) => freeRequest('interactions.stored', body),
  clamp: undefined,
}

/** Storing a prefix is charged by the hour, not by the call. */
export const GEMINI_CACHES: Dialect = {
  api: 'caches',
  matches: (head) => /\/cachedContents(\/[^/]+)?$/.test(head.path),
  readRequest: (_head, body) => freeRequest('caches', body),
  createReader: freeReader,
  ...geminiRefusals,
}

/** Vertex `predict`: embeddings that count their tokens, and image models that do not. */
export const PREDICT: Dialect = {
  api: 'predict',
  matches: (head) => head.method === 'POST' && /:predict(LongRunning)?$/.test(head.path),
  readRequest(head, body) {
    const fields = bodyObject(body)
    const model = modelInPath(head)
    const messages = listOf(fields['instances']).map((item) =>
      promptMessage('user', textOf(memberAt(item, 'content')) ?? textOf(memberAt(item, 'prompt')) ?? ''),
    )
    return modelRequest('predict', fields, {
      model,
      messages,
      output: 'none',
      kind: /embed/.test(model ?? '') ? 'retrieval' : null,
    })
  },
  createReader: () => plainReader(predictUsage, (body) => body),
  ...geminiRefusals,
}

function interactionsReader(): UsageReader {
  const seen = new ObservedResponse(interactionsUsage)
  return {
    body(value, _headers, httpStatus) {
      const body = objectOf(value)
      takeInteraction(seen, body)
      for (const step of [...listOf(body['steps']), ...listOf(body['outputs'])]) {
        seen.output(memberAt(step, 'text'))
        for (const part of listOf(memberAt(step, 'content'))) seen.output(memberAt(part, 'text'))
      }
      if (httpStatus >= 400 || isObject(body['error'])) seen.fail()
      seen.done()
    },
    event(name, value) {
      const event = objectOf(value)
      const type = textOf(event['event_type']) ?? name ?? ''
      if (isObject(event['interaction'])) takeInteraction(seen, event['interaction'])
      seen.output(memberAt(event, 'delta', 'text'))
      if (type === 'error') seen.fail()
      if (/^interaction\.complete/.test(type) || type === 'error' || type === 'done') seen.done()
    },
    reading: () => seen.reading,
  }
}

function takeInteraction(seen: ObservedResponse, interaction: JsonObject): void {
  const status = textOf(interaction['status'])
  seen.identify(interaction['id'], interaction['model'] ?? interaction['agent'])
  seen.tier(interaction['service_tier'])
  seen.finish(status)
  seen.reading.pending = status === 'in_progress' || status === 'queued'
  if (status === 'failed') seen.fail()
  if (isObject(interaction['usage'])) seen.report(interaction['usage'])
}
