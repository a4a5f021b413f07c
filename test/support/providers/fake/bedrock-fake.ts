import { encodeMessage } from '../../../../main/core/metering/framing/event-stream-message.ts'
import { filler } from './filler.ts'
import { countTexts, type FakeDialect, type FakePlan, numberOr, textOfPlan, textsIn } from './fake-dialect.ts'

/** Amazon Bedrock's Converse and ConverseStream. */
export const bedrockFake: FakeDialect = {
  makesOutput: true,
  contentType: 'application/vnd.amazon.eventstream',
  matches: (path) => /\/model\/[^/]+\/converse(-stream)?$/.test(path),
  read(path, body, headers) {
    const texts = [...textsIn(body.system), ...textsIn(body.messages)]
    const config = body.inferenceConfig as { maxTokens?: number } | undefined
    return {
      model: decodeURIComponent(/\/model\/([^/]+)\//.exec(path)?.[1] ?? ''),
      stream: path.endsWith('-stream'),
      maxOutputTokens: numberOr(config?.maxTokens),
      texts,
      estimatedInputTokens: countTexts(texts),
      wantsUsage: true,
      headers,
      body,
    }
  },
  plain: (plan) => ({
    output: { message: { role: 'assistant', content: [{ text: textOfPlan(plan, filler) }] } },
    stopReason: reason(plan),
    usage: usage(plan),
    metrics: { latencyMs: 1 },
  }),
  begin: () => [message('messageStart', { role: 'assistant' })],
  delta: (_plan, text) => [message('contentBlockDelta', { contentBlockIndex: 0, delta: { text } })],
  end: (plan) => [
    message('contentBlockStop', { contentBlockIndex: 0 }),
    message('messageStop', { stopReason: reason(plan) }),
    message('metadata', { usage: usage(plan), metrics: { latencyMs: 1 } }),
  ],
}

function message(type: string, payload: unknown): Uint8Array {
  const headers = { ':event-type': type, ':content-type': 'application/json', ':message-type': 'event' }
  return encodeMessage(headers, new TextEncoder().encode(JSON.stringify(payload)))
}

function reason({ cut }: FakePlan): string {
  return cut ? 'max_tokens' : 'end_turn'
}

function usage({ input, cached, written, visible, hidden }: FakePlan) {
  return {
    inputTokens: input - cached - written,
    cacheReadInputTokens: cached,
    cacheWriteInputTokens: written,
    outputTokens: visible + hidden,
    totalTokens: input + visible + hidden,
  }
}
