import { filler } from './filler.ts'
import { countTexts, event, type FakeDialect, type FakePlan, numberOr, textOfPlan, textsIn } from './fake-dialect.ts'

/** OpenAI Chat Completions. */
export const chatFake: FakeDialect = {
  makesOutput: true,
  matches: (path) => path.endsWith('/chat/completions'),
  read(_path, body, headers) {
    const texts = textsIn(body.messages)
    return {
      model: String(body.model),
      stream: body.stream === true,
      maxOutputTokens: numberOr(body.max_completion_tokens) ?? numberOr(body.max_tokens),
      texts,
      estimatedInputTokens: countTexts(texts),
      wantsUsage: (body.stream_options as { include_usage?: boolean } | undefined)?.include_usage === true,
      headers,
      body,
    }
  },
  plain: (plan) => ({
    ...head(plan, 'chat.completion'),
    choices: [
      {
        index: 0,
        finish_reason: reason(plan),
        message: { role: 'assistant', content: textOfPlan(plan, filler), ...toolCalls(plan) },
      },
    ],
    usage: usage(plan),
  }),
  begin: (plan) => [chunk(plan, { role: 'assistant', content: '' })],
  delta: (plan, text) => [chunk(plan, { content: text })],
  end: (plan) => [
    ...(plan.scripted?.toolCall
      ? [chunk(plan, { tool_calls: toolCalls(plan).tool_calls?.map((call) => ({ index: 0, ...call })) })]
      : []),
    event({ ...head(plan, 'chat.completion.chunk'), choices: [{ index: 0, delta: {}, finish_reason: reason(plan) }] }),
    ...(plan.question.wantsUsage
      ? [event({ ...head(plan, 'chat.completion.chunk'), choices: [], usage: usage(plan) })]
      : []),
    event('[DONE]'),
  ],
}

function head(plan: FakePlan, object: string) {
  return { id: plan.id, object, created: 1_764_000_000, model: plan.question.model }
}

function chunk(plan: FakePlan, delta: unknown): string {
  return event({ ...head(plan, 'chat.completion.chunk'), choices: [{ index: 0, delta, finish_reason: null }] })
}

function reason(plan: FakePlan): string {
  if (plan.cut) return 'length'
  return plan.scripted?.toolCall ? 'tool_calls' : 'stop'
}

function toolCalls({ scripted, id }: FakePlan): { tool_calls?: { id: string; type: string; function: unknown }[] } {
  return scripted?.toolCall ? { tool_calls: [{ id: `call_${id}`, type: 'function', function: scripted.toolCall }] } : {}
}

function usage({ question, input, cached, written, visible, hidden }: FakePlan) {
  return {
    prompt_tokens: input,
    completion_tokens: visible + hidden,
    total_tokens: input + visible + hidden,
    // DeepSeek has names of its own.
    ...(question.model.startsWith('deepseek')
      ? { prompt_cache_hit_tokens: cached, prompt_cache_miss_tokens: input - cached }
      : { prompt_tokens_details: { cached_tokens: cached, ...(written > 0 ? { cache_write_tokens: written } : {}) } }),
    completion_tokens_details: { reasoning_tokens: hidden },
  }
}
