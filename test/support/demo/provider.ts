import { FakeProvider } from '../fake-provider.ts'

/** What the provider is to answer, said by the one who asks: the play is written in one place. */
export interface Answer {
  outputTokens: number
  hiddenTokens: number
  cachedTokens: number
  latencyMs: number
}

export const ANSWER_HEADER = 'x-demo-answer'

/** The far end of the demo: a provider on loopback that answers what each question asks for. */
export function demoProvider(): FakeProvider {
  return new FakeProvider({
    outputTokens: (question) => answerOf(question.headers).outputTokens,
    hiddenTokens: (question) => answerOf(question.headers).hiddenTokens,
    cachedTokens: (question) => Math.min(answerOf(question.headers).cachedTokens, question.estimatedInputTokens),
    latencyMs: (question) => answerOf(question.headers).latencyMs,
    afterAbortMs: 100,
  })
}

function answerOf(headers: Record<string, unknown>): Answer {
  const text = headers[ANSWER_HEADER]
  if (typeof text !== 'string') throw new Error(`the demo's provider was asked by somebody else: no ${ANSWER_HEADER}`)
  return JSON.parse(text) as Answer
}
