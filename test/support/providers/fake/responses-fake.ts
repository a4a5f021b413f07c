import { filler } from './filler.ts'
import { countTexts, event, type FakeDialect, type FakePlan, numberOr, textOfPlan, textsIn } from './fake-dialect.ts'

/** OpenAI Responses. */
export const responsesFake: FakeDialect = {
  makesOutput: true,
  matches: (path) => path.endsWith('/responses'),
  read(_path, body, headers) {
    const texts = [...textsIn(body.instructions), ...textsIn(body.input)]
    return {
      model: String(body.model),
      stream: body.stream === true,
      maxOutputTokens: numberOr(body.max_output_tokens),
      texts,
      estimatedInputTokens: countTexts(texts),
      wantsUsage: true,
      headers,
      body,
    }
  },
  plain: (plan) => response(plan, 'completed'),
  begin: (plan) => [
    typed(plan, 'response.created', { response: response(plan, 'in_progress') }),
    typed(plan, 'response.output_item.added', {
      output_index: 0,
      item: { ...message(plan, ''), status: 'in_progress', content: [] },
    }),
    typed(plan, 'response.content_part.added', {
      item_id: `msg_${plan.id}`,
      output_index: 0,
      content_index: 0,
      part: { type: 'output_text', text: '', annotations: [] },
    }),
  ],
  delta: (plan, text) => [
    typed(plan, 'response.output_text.delta', {
      item_id: `msg_${plan.id}`,
      output_index: 0,
      content_index: 0,
      delta: text,
    }),
  ],
  end: (plan) => [
    typed(plan, 'response.output_text.done', {
      item_id: `msg_${plan.id}`,
      output_index: 0,
      content_index: 0,
      text: textOfPlan(plan, filler),
    }),
    typed(plan, 'response.output_item.done', { output_index: 0, item: message(plan, textOfPlan(plan, filler)) }),
    typed(plan, plan.cut ? 'response.incomplete' : 'response.completed', {
      response: response(plan, plan.cut ? 'incomplete' : 'completed'),
    }),
  ],
}

let sequence = 0

function typed(_plan: FakePlan, type: string, fields: Record<string, unknown>): string {
  sequence += 1
  return event({ type, sequence_number: sequence, ...fields }, type)
}

function message(plan: FakePlan, text: string) {
  return {
    id: `msg_${plan.id}`,
    type: 'message',
    role: 'assistant',
    status: 'completed',
    content: [{ type: 'output_text', text, annotations: [] }],
  }
}

function response(plan: FakePlan, status: string) {
  const done = status !== 'in_progress'
  const { input, cached, visible, hidden } = plan
  return {
    id: plan.id.replace('fake', 'resp'),
    object: 'response',
    created_at: 1_764_000_000,
    model: plan.question.model,
    status,
    error: null,
    incomplete_details: status === 'incomplete' ? { reason: 'max_output_tokens' } : null,
    output: done ? [message(plan, textOfPlan(plan, filler))] : [],
    parallel_tool_calls: true,
    tools: [],
    usage: done
      ? {
          input_tokens: input,
          input_tokens_details: { cached_tokens: cached },
          output_tokens: visible + hidden,
          output_tokens_details: { reasoning_tokens: hidden },
          total_tokens: input + visible + hidden,
        }
      : null,
  }
}
