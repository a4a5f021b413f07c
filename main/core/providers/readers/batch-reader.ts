import { addUsage, totalTokens, type Usage } from '../../../../shared/calls/usage.ts'
import {
  countOf,
  type JsonObject,
  isObject,
  listOf,
  memberAt,
  objectOf,
  textOf,
} from '../../metering/framing/lenient-json.ts'
import { ObservedResponse } from '../../metering/usage/observed-response.ts'
import type { UsageReader } from '../../metering/usage/usage-reader.ts'
import { anthropicUsage } from '../../metering/usage-reports/anthropic-usage.ts'
import { geminiUsage } from '../../metering/usage-reports/gemini-usage.ts'
import { openAiUsage } from '../../metering/usage-reports/openai-usage.ts'
import type { ModelRequest } from '../types/provider.ts'

/** Ends that charge nothing unless usage says otherwise. */
const ENDED_WITHOUT = /^(failed|BATCH_STATE_(FAILED|CANCELLED|EXPIRED))$/
/** Ends after which what was made until then is reported, and charged. */
const ENDED = /^(completed|expired|cancelled)$/

/**
 * What a batch used, from what a read of it shows: OpenAI's batch object sums it up, Google's operation holds the
 * responses, Anthropic's results are lines with a message each. A mix of models is priced by its last one.
 */
export function batchReader(request: ModelRequest): UsageReader {
  const seen = new ObservedResponse(openAiUsage)
  const { reading } = seen
  if (request.storedInput !== null) seen.identify(request.storedInput, null)
  const add = (usage: Usage | null) => {
    if (!usage) return
    reading.usage = reading.usage ? addUsage(reading.usage, usage) : usage
    reading.calls = (reading.calls ?? 0) + 1
  }
  const takeLine = (line: JsonObject) => {
    const message = objectOf(memberAt(line, 'result', 'message'))
    seen.identify(null, message['model'])
    seen.tier(memberAt(message, 'usage', 'service_tier'))
    add(anthropicUsage(objectOf(message['usage'])).usage)
  }
  return {
    body(value, _headers, httpStatus) {
      const body = objectOf(value)
      if (body['custom_id'] !== undefined) takeLine(body)
      else takeBatch(seen, body, add)
      if (httpStatus >= 400) seen.fail()
      seen.done()
    },
    event: (_name, value) => takeLine(objectOf(value)),
    reading: () => reading,
  }
}

function takeBatch(seen: ObservedResponse, batch: JsonObject, add: (usage: Usage | null) => void): void {
  const status = textOf(batch['status'] ?? batch['processing_status'] ?? memberAt(batch, 'metadata', 'state')) ?? ''
  seen.identify(batch['id'] ?? batch['name'], batch['model'] ?? memberAt(batch, 'metadata', 'model'))
  if (ENDED_WITHOUT.test(status)) return seen.fail()
  if (ENDED.test(status)) return takeTotal(seen, batch)
  const responses = listOf(memberAt(batch, 'response', 'inlinedResponses', 'inlinedResponses'))
  for (const item of responses) {
    const usage = memberAt(item, 'response', 'usageMetadata')
    if (isObject(usage)) add(geminiUsage(usage).usage)
  }
  // Anthropic's object says that it ended; only its results say with what.
  const nothingMade = status === 'ended' && countOf(memberAt(batch, 'request_counts', 'succeeded')) === 0
  if (nothingMade) return seen.fail()
  seen.reading.pending = responses.length === 0 && seen.reading.responseId !== null
}

function takeTotal(seen: ObservedResponse, batch: JsonObject): void {
  const { usage } = openAiUsage(objectOf(batch['usage']))
  if (!usage || totalTokens(usage) === 0) return seen.fail()
  seen.reading.usage = usage
  seen.reading.calls = Math.max(1, countOf(memberAt(batch, 'request_counts', 'completed')) ?? 1)
}
