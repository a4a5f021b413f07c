import { isObject, type JsonObject, listOf, memberAt, objectOf } from '../../metering/framing/lenient-json.ts'
import { ObservedResponse } from '../../metering/usage/observed-response.ts'
import type { UsageReader } from '../../metering/usage/usage-reader.ts'
import { converseUsage, invokeUsage } from '../../metering/usage-reports/other-usage.ts'
import { takeAnthropicEvent } from './anthropic-reader.ts'

const METRICS = 'amazon-bedrock-invocationMetrics'

/** Converse and ConverseStream: https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_Converse.html */
export function converseReader(): UsageReader {
  const seen = new ObservedResponse(converseUsage)
  return {
    body(value, headers, httpStatus) {
      const body = objectOf(value)
      seen.identify(headers['x-amzn-requestid'], null)
      seen.finish(body['stopReason'])
      for (const block of listOf(memberAt(body, 'output', 'message', 'content')))
        takeConverseBlock(seen, objectOf(block))
      takeReport(seen, body['usage'])
      if (httpStatus >= 400) seen.fail()
      seen.done()
    },
    event(name, value) {
      if (isException(name)) return failed(seen)
      takeConverseEvent(seen, name, objectOf(value))
    },
    reading: () => seen.reading,
  }
}

/** InvokeModel and its stream: the model's own dialect inside, Bedrock's counts around it. */
export function invokeReader(): UsageReader {
  const seen = new ObservedResponse(invokeUsage)
  return {
    body(value, headers, httpStatus) {
      const body = objectOf(value)
      seen.identify(body['id'] ?? headers['x-amzn-requestid'], body['model'])
      takeOwn(seen, body)
      const counts = Object.entries(headers).filter(([name]) => name.startsWith('x-amzn-bedrock-'))
      seen.report({ headers: Object.fromEntries(counts) })
      if (httpStatus >= 400) seen.fail()
      seen.done()
    },
    event(name, value) {
      if (isException(name)) return failed(seen)
      const event = objectOf(value)
      takeAnthropicEvent(seen, null, event)
      takeOwn(seen, event)
      for (const key of ['messageStart', 'contentBlockStart', 'contentBlockDelta', 'messageStop', 'metadata']) {
        if (isObject(event[key])) takeConverseEvent(seen, key, objectOf(event[key]))
      }
      if (isObject(event[METRICS])) {
        seen.report({ [METRICS]: event[METRICS] })
        seen.done()
      }
    },
    reading: () => seen.reading,
  }
}

function takeConverseEvent(seen: ObservedResponse, name: string | null, event: JsonObject): void {
  switch (name ?? '') {
    case 'contentBlockStart':
      return seen.toolCall(memberAt(event, 'start', 'toolUse', 'name'))
    case 'contentBlockDelta': {
      const delta = objectOf(event['delta'])
      seen.output(memberAt(delta, 'toolUse', 'input') ?? memberAt(delta, 'reasoningContent', 'text'))
      return seen.output(delta['text'])
    }
    case 'messageStop':
      return seen.finish(event['stopReason'])
    case 'metadata':
      takeReport(seen, event['usage'])
      return seen.done()
  }
}

function takeConverseBlock(seen: ObservedResponse, block: JsonObject): void {
  seen.output(block['text'] ?? memberAt(block, 'reasoningContent', 'reasoningText', 'text'))
  if (!isObject(block['toolUse'])) return
  seen.toolCall(block['toolUse']['name'])
  seen.output(JSON.stringify(block['toolUse']['input'] ?? {}))
}

/** Counts and text of the families that have no reader of their own: Titan, Llama, Mistral, Cohere, OpenAI, Nova. */
function takeOwn(seen: ObservedResponse, body: JsonObject): void {
  takeReport(seen, body['usage'])
  takeReport(
    seen,
    body['inputTextTokenCount'] === undefined ? null : { ...body, embedding: null, embeddingsByType: null },
  )
  takeReport(
    seen,
    body['prompt_token_count'] === undefined && body['generation_token_count'] === undefined ? null : body,
  )
  seen.finish(body['stop_reason'] ?? body['completionReason'] ?? body['stopReason'])
  seen.output(body['generation'] ?? body['outputText'] ?? body['completion'])
  for (const item of [...listOf(body['results']), ...listOf(body['outputs']), ...listOf(body['content'])]) {
    seen.output(memberAt(item, 'outputText') ?? memberAt(item, 'text'))
  }
  for (const block of listOf(memberAt(body, 'output', 'message', 'content'))) takeConverseBlock(seen, objectOf(block))
  for (const choice of listOf(body['choices'])) {
    const part = memberAt(choice, 'delta') ?? memberAt(choice, 'message')
    seen.finish(memberAt(choice, 'finish_reason'))
    seen.output(memberAt(part, 'content') ?? memberAt(part, 'reasoning'))
  }
}

function takeReport(seen: ObservedResponse, usage: unknown): void {
  if (isObject(usage)) seen.report(usage)
}

function isException(name: string | null): boolean {
  return name !== null && /exception|error/i.test(name)
}

function failed(seen: ObservedResponse): void {
  seen.fail()
  seen.done()
}
