import { FakeProvider } from '../providers/fake-provider.ts'

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

/** Somebody's own tool, pointed at the demo, is answered too. */
const USUAL: Answer = { outputTokens: 120, hiddenTokens: 0, cachedTokens: 0, latencyMs: 900 }

function answerOf(headers: Record<string, unknown>): Answer {
  const text = headers[ANSWER_HEADER]
  return typeof text === 'string' ? (JSON.parse(text) as Answer) : USUAL
}
