import { filler } from '../providers/fake/filler.ts'

export type DialectName = 'anthropic' | 'responses' | 'chat' | 'gemini'

/** One turn of a conversation that the client sends again with every call. */
export interface Turn {
  /** Words of about a token each. */
  ask: string
  answer: string
  /** What the model asked for, and what came of it. */
  tool: { name: string; arguments: Record<string, unknown>; result: string } | null
}

/** How a client of this dialect would ask. `answer` of the last turn is what the model has not said yet. */
interface Dialect {
  path(model: string, stream: boolean): string
  headers: Record<string, string>
  body(model: string, stream: boolean, turns: readonly Turn[]): unknown
}

/** A key that is none: the fake provider looks at no key, and no real one is ever asked. */
const KEY = 'demo-key'
const MAX_OUTPUT_TOKENS = 4_096
const system = `You work in this repository.${filler(0, 12)}`

export const DIALECTS: Record<DialectName, Dialect> = {
  anthropic: {
    path: () => '/anthropic/v1/messages',
    headers: { 'x-api-key': KEY, 'anthropic-version': '2023-06-01' },
    body: (model, stream, turns) => ({
      model,
      stream,
      max_tokens: MAX_OUTPUT_TOKENS,
      system,
      messages: turns.flatMap((turn, index) => [
        { role: 'user', content: [...toolResult(turns, index), { type: 'text', text: turn.ask }] },
        ...(index < turns.length - 1
          ? [{ role: 'assistant', content: [{ type: 'text', text: turn.answer }, ...toolUse(turn, index)] }]
          : []),
      ]),
    }),
  },
  responses: {
    path: () => '/openai/v1/responses',
    headers: { authorization: `Bearer ${KEY}`, originator: 'codex_cli_rs' },
    body: (model, stream, turns) => ({
      model,
      stream,
      instructions: system,
      input: turns.flatMap((turn, index) => [
        { type: 'message', role: 'user', content: [{ type: 'input_text', text: turn.ask }] },
        ...(index < turns.length - 1
          ? [{ type: 'message', role: 'assistant', content: [{ type: 'output_text', text: turn.answer }] }]
          : []),
      ]),
    }),
  },
  chat: {
    path: () => '/openai/v1/chat/completions',
    headers: { authorization: `Bearer ${KEY}` },
    body: (model, stream, turns) => ({
      model,
      stream,
      max_completion_tokens: MAX_OUTPUT_TOKENS,
      messages: [
        { role: 'system', content: system },
        ...turns.flatMap((turn) => [{ role: 'user', content: turn.ask }]),
      ],
    }),
  },
  gemini: {
    path: (model, stream) =>
      `/google/v1beta/models/${model}:${stream ? 'streamGenerateContent?alt=sse' : 'generateContent'}`,
    headers: { 'x-goog-api-key': KEY },
    body: (_model, _stream, turns) => ({
      systemInstruction: { parts: [{ text: system }] },
      contents: turns.map((turn) => ({ role: 'user', parts: [{ text: turn.ask }] })),
      generationConfig: { maxOutputTokens: MAX_OUTPUT_TOKENS },
    }),
  },
}

function toolUse({ tool }: Turn, index: number): unknown[] {
  return tool ? [{ type: 'tool_use', id: `toolu_${index}`, name: tool.name, input: tool.arguments }] : []
}

function toolResult(turns: readonly Turn[], index: number): unknown[] {
  const tool = turns[index - 1]?.tool
  return tool ? [{ type: 'tool_result', tool_use_id: `toolu_${index - 1}`, content: tool.result }] : []
}
