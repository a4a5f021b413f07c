import { filler } from './filler.ts'
import { countTexts, event, type FakeDialect, type FakePlan, numberOr, textOfPlan, textsIn } from './fake-dialect.ts'

/** Anthropic Messages. Hidden tokens are thinking that is billed and not shown. */
export const anthropicFake: FakeDialect = {
  makesOutput: true,
  matches: (path) => path.endsWith('/messages'),
  read(_path, body, headers) {
    const texts = [...textsIn(body.system), ...textsIn(body.messages)]
    return {
      model: String(body.model),
      stream: body.stream === true,
      maxOutputTokens: numberOr(body.max_tokens),
      texts,
      estimatedInputTokens: countTexts(texts),
      wantsUsage: true,
      headers,
      body,
    }
  },
  plain: (plan) => ({
    ...message(plan),
    content: content(plan),
    stop_reason: reason(plan),
    usage: { ...inputUsage(plan), output_tokens: plan.visible + plan.hidden },
  }),
  begin: (plan) => [
    event(
      {
        type: 'message_start',
        message: { ...message(plan), content: [], usage: { ...inputUsage(plan), output_tokens: 1 } },
      },
      'message_start',
    ),
    event({ type: 'content_block_start', index: 0, content_block: { type: 'text', text: '' } }, 'content_block_start'),
  ],
  delta: (_plan, text) => [
    event({ type: 'content_block_delta', index: 0, delta: { type: 'text_delta', text } }, 'content_block_delta'),
  ],
  end: (plan) => [
    event({ type: 'content_block_stop', index: 0 }, 'content_block_stop'),
    ...toolBlock(plan),
    event(
      {
        type: 'message_delta',
        delta: { stop_reason: reason(plan), stop_sequence: null },
        usage: { output_tokens: plan.visible + plan.hidden },
      },
      'message_delta',
    ),
    event({ type: 'message_stop' }, 'message_stop'),
  ],
}

function message(plan: FakePlan) {
  return {
    id: plan.id.replace('fake', 'msg'),
    type: 'message',
    role: 'assistant',
    model: plan.question.model,
    stop_reason: null,
    stop_sequence: null,
  }
}

function content(plan: FakePlan): unknown[] {
  const tool = plan.scripted?.toolCall
  const text = textOfPlan(plan, filler)
  return [
    ...(text ? [{ type: 'text', text }] : []),
    ...(tool
      ? [{ type: 'tool_use', id: `toolu_${plan.id}`, name: tool.name, input: JSON.parse(tool.arguments) as unknown }]
      : []),
  ]
}

function toolBlock({ scripted, id }: FakePlan): string[] {
  const tool = scripted?.toolCall
  if (!tool) return []
  return [
    event(
      {
        type: 'content_block_start',
        index: 1,
        content_block: { type: 'tool_use', id: `toolu_${id}`, name: tool.name, input: {} },
      },
      'content_block_start',
    ),
    event(
      { type: 'content_block_delta', index: 1, delta: { type: 'input_json_delta', partial_json: tool.arguments } },
      'content_block_delta',
    ),
    event({ type: 'content_block_stop', index: 1 }, 'content_block_stop'),
  ]
}

function reason(plan: FakePlan): string {
  if (plan.cut) return 'max_tokens'
  return plan.scripted?.toolCall ? 'tool_use' : 'end_turn'
}

function inputUsage({ input, cached, written }: FakePlan) {
  return {
    input_tokens: input - cached - written,
    cache_read_input_tokens: cached,
    cache_creation_input_tokens: written,
  }
}
