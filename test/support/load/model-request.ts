import type { MediaPart, ModelRequest, PromptMessage } from '../../../main/core/providers/types/provider.ts'

/** A message as a dialect would have read it. */
export function message(role: PromptMessage['role'], text: string, media: MediaPart[] = []): PromptMessage {
  return { role, text, media, toolCalls: [], toolResult: null, cacheBreakpoint: null }
}

/** A streamed chat request with nothing special about it. */
export function modelRequest(parts: Partial<ModelRequest> = {}): ModelRequest {
  return {
    api: 'chat.completions',
    model: 'gpt-5-mini',
    stream: true,
    messages: [],
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
    ...parts,
  }
}
