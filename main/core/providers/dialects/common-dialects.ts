import type { Dialect } from '../provider.ts'
import { ANTHROPIC_COUNT_TOKENS, ANTHROPIC_MESSAGES } from './anthropic-messages.ts'
import { chatCompletions } from './chat-completions.ts'
import { GEMINI_COUNT_TOKENS, GEMINI_EMBEDDINGS, GENERATE_CONTENT, STREAM_GENERATE_CONTENT } from './gemini.ts'

/**
 * The dialects that gateways and local servers copy, known by how a path ends. The order matters only where one ending
 * is part of another.
 */
export const COMMON_DIALECTS: Dialect[] = [
  chatCompletions(),
  ANTHROPIC_COUNT_TOKENS,
  ANTHROPIC_MESSAGES,
  GENERATE_CONTENT,
  STREAM_GENERATE_CONTENT,
  GEMINI_COUNT_TOKENS,
  GEMINI_EMBEDDINGS,
]
