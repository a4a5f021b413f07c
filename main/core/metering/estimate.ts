import type { ModelRequest, PromptMessage } from '../providers/provider.ts'
import { mediaTokens } from './media.ts'
import { type TokenFamily, tokenFamily } from './token-family.ts'

/** What a request's input comes to before the provider has counted it. */
export interface InputEstimate {
  tokens: number
  /** Of each message with its overhead, in the order of the prompt: where a cache breakpoint cuts it. */
  messageTokens: number[]
}

interface Factors {
  /** Tokens of this vendor per o200k token of ordinary text. */
  text: number
  /** The same for tool schemas, which are not sent as the JSON that the client wrote. */
  tools: number
  perMessage: number
  perRequest: number
  /** What a request with tools costs on top, whatever the tools: the vendor's own instructions for using them. */
  withTools: number
}

/**
 * Fitted to 2,577 recorded requests with the usage that their providers reported. Tokenizers and prompt formats differ
 * between the models of one vendor, too; the calibration learns the rest.
 */
const FACTORS: Readonly<Record<TokenFamily, Factors>> = {
  openai: { text: 1, tools: 0.7, perMessage: 4, perRequest: 3, withTools: 12 },
  anthropic: { text: 1.15, tools: 1.45, perMessage: 2, perRequest: 6, withTools: 490 },
  google: { text: 1.02, tools: 0.7, perMessage: 0, perRequest: 0, withTools: 10 },
  other: { text: 1.08, tools: 1, perMessage: 4, perRequest: 4, withTools: 120 },
}

function factorsFor(family: TokenFamily, model: string | null): Factors {
  const factors = FACTORS[family]
  const name = model ?? ''
  if (family === 'openai' && /gpt-([5-9]|oss)/.test(name)) return { ...factors, withTools: 80 }
  if (family === 'anthropic' && /claude-(3|(sonnet|opus)-4(-[01]|-2025|$|@))/.test(name))
    return { ...factors, withTools: 320 }
  return factors
}

/** All of a message that is charged as text: its own, and the tool calls that the client sends back. */
export function countedText(message: PromptMessage): string {
  if (message.toolCalls.length === 0) return message.text
  return message.text + message.toolCalls.map((call) => `${call.name}${call.arguments}`).join('')
}

/**
 * Input tokens of a request, from the o200k tokens of each message's `countedText` (in the same order), with the
 * overheads of its vendor's prompt format and its media.
 */
export function estimateInput(provider: string, request: ModelRequest, textTokens: readonly number[]): InputEstimate {
  const family = tokenFamily(provider, request.model)
  const factors = factorsFor(family, request.model)
  const messageTokens = request.messages.map((message, index) => {
    const text = textTokens[index] ?? 0
    const media = message.media.reduce((sum, part) => sum + mediaTokens(part, family, request.model), 0)
    if (message.role === 'tools') return Math.ceil(text * factors.tools) + factors.withTools + media
    return Math.ceil(text * factors.text) + factors.perMessage + media
  })
  // Embeddings and the like take bare text: there is no prompt format around it.
  if (request.output === 'none') return { tokens: textTokens.reduce((sum, tokens) => sum + tokens, 0), messageTokens }
  return { tokens: messageTokens.reduce((sum, tokens) => sum + tokens, factors.perRequest), messageTokens }
}

/** Tokens of a text nobody counted: by its UTF-8 bytes, on the high side for prose and code alike. */
export function tokensByBytes(bytes: number): number {
  return Math.ceil(bytes / BYTES_PER_TOKEN)
}

/** English makes 4.5 bytes a token, code 3.5, Chinese 3: an estimate that stands in for a count must not be below it. */
const BYTES_PER_TOKEN = 3
