import { filler } from './filler.ts'
import { countTexts, event, type FakeDialect, type FakePlan, numberOr, textOfPlan, textsIn } from './fake-dialect.ts'

/** Gemini generateContent and streamGenerateContent. */
export const geminiFake: FakeDialect = {
  makesOutput: true,
  matches: (path) => /:(streamG|g)enerateContent$/.test(path),
  read(path, body, headers) {
    const texts = [...textsIn(body.systemInstruction), ...textsIn(body.contents)]
    const config = body.generationConfig as { maxOutputTokens?: number } | undefined
    return {
      model: /models\/([^:]+):/.exec(path)?.[1] ?? 'gemini',
      stream: path.endsWith(':streamGenerateContent'),
      maxOutputTokens: numberOr(config?.maxOutputTokens),
      texts,
      estimatedInputTokens: countTexts(texts),
      wantsUsage: true,
      headers,
      body,
    }
  },
  plain: (plan) => answer(plan, textOfPlan(plan, filler), true, plan.visible),
  begin: () => [],
  delta: (plan, text) => [event(answer(plan, text, false, 0))],
  end: (plan) => [event(answer(plan, '', true, plan.visible))],
}

function answer(plan: FakePlan, text: string, final: boolean, visible: number) {
  const { input, cached, hidden } = plan
  return {
    candidates: [
      {
        index: 0,
        content: { role: 'model', parts: parts(plan, text, final) },
        ...(final ? { finishReason: plan.cut ? 'MAX_TOKENS' : 'STOP' } : {}),
      },
    ],
    usageMetadata: {
      promptTokenCount: input,
      cachedContentTokenCount: cached,
      ...(final ? { candidatesTokenCount: visible, thoughtsTokenCount: hidden } : {}),
      totalTokenCount: input + (final ? visible + hidden : 0),
    },
    modelVersion: plan.question.model,
    responseId: plan.id,
  }
}

function parts({ scripted }: FakePlan, text: string, final: boolean): unknown[] {
  const tool = final ? scripted?.toolCall : undefined
  return [
    { text },
    ...(tool ? [{ functionCall: { name: tool.name, args: JSON.parse(tool.arguments) as unknown } }] : []),
  ]
}
