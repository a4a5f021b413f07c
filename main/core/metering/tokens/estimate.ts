import type { ModelRequest, PromptMessage } from '../../providers/types/provider.ts'
import { mediaTokens } from './media.ts'
import { type PromptFactors, promptFactors } from './prompt-factors.ts'
import { tokenFamily } from './token-family.ts'

/** What a request's input comes to before the provider has counted it. */
export interface InputEstimate {
  tokens: number
  /** Of each message with its overhead, in the order of the prompt: where a cache breakpoint cuts it. */
  messageTokens: number[]
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
  const factors = promptFactors(provider, request.model, request.api)
  const messageTokens = request.messages.map((message, index) => {
    const text = Math.ceil(framed(message, textTokens[index] ?? 0, factors))
    return message.media.reduce((sum, part) => sum + mediaTokens(part, family, request.model), text)
  })
  // Embeddings and the like take bare text: there is no prompt format around it.
  if (request.output === 'none') return { tokens: textTokens.reduce((sum, tokens) => sum + tokens, 0), messageTokens }
  const around = factors.perRequest + (request.thinks ? factors.withThinking : 0)
  return { tokens: messageTokens.reduce((sum, tokens) => sum + tokens, around), messageTokens }
}

/** A message's text in its vendor's tokens, with what stands around it. */
function framed(message: PromptMessage, text: number, factors: PromptFactors): number {
  if (message.isFormat) return text * factors.format + factors.withFormat
  if (message.role === 'tools') return text * factors.tools + factors.withTools
  return text * factors.text + factors.perMessage + message.toolCalls.length * factors.perToolCall
}

/** Tokens of a text nobody counted: by its UTF-8 bytes, on the high side for prose and code alike. */
export function tokensByBytes(bytes: number): number {
  return Math.ceil(bytes / BYTES_PER_TOKEN)
}

/** English makes 4.5 bytes a token, code 3.5, Chinese 3: an estimate that stands in for a count must not be below it. */
const BYTES_PER_TOKEN = 3
