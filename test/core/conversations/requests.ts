import type { ModelRequest, PromptMessage } from '../../../main/core/providers/types/provider.ts'

/** `system: be brief`, `user: hi`, `tool: 42`, `failed: 42` for a tool's failure, `picture: 10000` for a tool's picture of so many bytes, `assistant!search {"q":1}` for a tool call: one message a line. */
export function message(line: string): PromptMessage {
  const picture = /^picture: (\d+)$/.exec(line)?.[1]
  if (picture !== undefined) return pictureResult(Number(picture))
  if (line.startsWith('failed: '))
    return { ...message(line.replace('failed', 'tool')), toolResult: { id: null, isError: true } }
  const [, role = '', call, text = ''] = /^(\w+)(?:!(\w+))?:? ?(.*)$/s.exec(line) ?? []
  return {
    role: role as PromptMessage['role'],
    text: call === undefined ? text : '',
    media: [],
    toolCalls: call === undefined ? [] : [{ id: null, name: call, arguments: text }],
    toolResult: role === 'tool' ? { id: null, isError: false } : null,
    cacheBreakpoint: null,
  }
}

function pictureResult(bytes: number): PromptMessage {
  return {
    ...message('tool: '),
    media: [{ type: 'image', bytes, width: 800, height: 600, detail: null }],
  }
}

export function request(lines: readonly string[], change: Partial<ModelRequest> = {}): ModelRequest {
  return {
    api: 'chat.completions',
    model: 'gpt-5',
    stream: false,
    messages: lines.map(message),
    maxOutputTokens: null,
    minOutputTokens: 256,
    choices: 1,
    output: 'visible',
    billable: true,
    storedInput: null,
    background: false,
    serviceTier: null,
    kind: null,
    clientIds: {},
    ...change,
  }
}
