import { tokenFamily } from './token-family.ts'

/** How a prompt's tokens come about with one generation of a vendor's models. */
export interface PromptFactors {
  /** Tokens of this tokenizer per o200k token of ordinary text. */
  text: number
  perMessage: number
  perRequest: number
  /** For tool schemas in the form in which they are counted: signatures, words or JSON. */
  tools: number
  /** What a request with tools costs on top, whatever the tools: the vendor's own instructions for using them. */
  withTools: number
  /** For a schema that the answer must follow, and what asking for one costs on top. */
  format: number
  withFormat: number
  /** What a tool call in the history, and its result, cost on top of their text. */
  perToolCall: number
  /** What asking the model to think costs. */
  withThinking: number
}

const OPENAI: PromptFactors = {
  text: 1,
  perMessage: 4,
  perRequest: 3,
  tools: 1,
  withTools: 6,
  format: 0.75,
  withFormat: 0,
  perToolCall: 8,
  withThinking: 0,
}
const CLAUDE: PromptFactors = {
  text: 1.12,
  perMessage: 1.5,
  perRequest: 6,
  tools: 1.3,
  withTools: 490,
  format: 1.6,
  withFormat: 100,
  perToolCall: 55,
  withThinking: 27,
}
const GEMINI: PromptFactors = {
  text: 1.06,
  perMessage: 0,
  perRequest: 0,
  tools: 1.7,
  withTools: 15,
  format: 0,
  withFormat: 0,
  perToolCall: 28,
  withThinking: 0,
}
const OTHER: PromptFactors = {
  text: 1.08,
  perMessage: 4,
  perRequest: 4,
  tools: 1.4,
  withTools: 100,
  format: 1,
  withFormat: 0,
  perToolCall: 10,
  withThinking: 0,
}

/**
 * By generation, because each has a tokenizer and its own prompt format: fitted to 3,600 recorded requests with the
 * usage that their providers reported. The first that fits is taken; calibration learns the rest from a model's calls.
 */
const GENERATIONS: readonly [RegExp, PromptFactors][] = [
  [/claude-3-haiku/, { ...CLAUDE, text: 1.07, perMessage: 0, tools: 1.43, withTools: 360 }],
  [/claude-3[-.]5/, { ...CLAUDE, text: 1, perMessage: 2, tools: 1.15, withTools: 320, perToolCall: 20 }],
  [/claude-3-opus/, { ...CLAUDE, text: 1.2, withTools: 400 }],
  [
    /claude-(3[-.]7|(sonnet|opus)-4([-.][01]|-2025|$|@)|4(\.1)?-(sonnet|opus)$)/,
    { ...CLAUDE, text: 1.2, perMessage: 0, tools: 1.15, withTools: 335, perToolCall: 45 },
  ],
  [/claude-opus-4[-.][78]/, { ...CLAUDE, text: 1.3, perMessage: 2, tools: 2, withTools: 640, perToolCall: 80 }],
  [
    /claude-[a-z]*-?[5-9]([-.]|$)|fable|mythos/,
    { ...CLAUDE, text: 1.4, perRequest: 5, tools: 1.55, withTools: 370, perToolCall: 50 },
  ],
  [/claude-[a-z]+-4[-.]6/, { ...CLAUDE, text: 1.05, perMessage: 1.75, tools: 1.45 }],
  [/claude/, CLAUDE],
  [/gemini-(1|2\.0)/, { ...GEMINI, text: 1, tools: 0.92, withTools: 3, perToolCall: 0 }],
  [/gemini-([3-9]|flash-latest|pro-latest)/, { ...GEMINI, text: 1.05, tools: 2, withTools: 12, perToolCall: 90 }],
  [/gemini|gemma/, GEMINI],
  // Chat Completions puts instructions of its own before the tools of these models; Responses does not.
  [/gpt-[5-9]|gpt-oss/, { ...OPENAI, perRequest: 2, withTools: 90, format: 0.9, perToolCall: 12 }],
  [/(^|\/)o\d/, { ...OPENAI, perRequest: 2, withTools: 10, format: 0.8 }],
]

/** APIs that take bare text: there is no prompt format around it. */
const BARE = new Set(['completions', 'fim.completions'])

export function promptFactors(provider: string, model: string | null, api: string): PromptFactors {
  const family = tokenFamily(provider, model)
  const name = (model ?? '').toLowerCase()
  const found = GENERATIONS.find(([pattern]) => pattern.test(name))?.[1] ?? FAMILIES[family]
  if (BARE.has(api)) return { ...found, perMessage: 0, perRequest: 0 }
  if (family === 'openai' && api === 'responses') return { ...found, withTools: found.perRequest === 2 ? 9 : 4 }
  return found
}

const FAMILIES: Readonly<Record<ReturnType<typeof tokenFamily>, PromptFactors>> = {
  openai: OPENAI,
  anthropic: CLAUDE,
  google: GEMINI,
  other: OTHER,
}
