import { type ChatVariant, chatCompletions } from '../dialects/openai/chat-completions.ts'
import { COMMON_DIALECTS } from '../dialects/openai/common-dialects.ts'
import type { Dialect, Provider } from '../types/provider.ts'

export interface OpenAiCompatibleOptions {
  id: string
  /** Scheme and host: `https://api.groq.com`. What the client's base URL has behind it stays in the path. */
  origin: string
  /** By default the origin's own host. */
  hosts?: string[]
  priceProvider?: string | null
  billing?: Provider['billing']
  chat?: ChatVariant
  /** APIs of its own, asked before the common ones. */
  dialects?: Dialect[]
}

/** A provider that speaks OpenAI's dialects, and, since many gateways do, Anthropic's and Google's beside them. */
export function openAiCompatible(options: OpenAiCompatibleOptions): Provider {
  const chat = options.chat ? [chatCompletions(options.chat)] : []
  return {
    id: options.id,
    origin: options.origin,
    hosts: options.hosts ?? [new URL(options.origin).hostname],
    dialects: [...(options.dialects ?? []), ...chat, ...COMMON_DIALECTS],
    billing: options.billing ?? 'metered',
    priceProvider: options.priceProvider ?? null,
    keyHeaders: ['authorization', 'x-api-key', 'api-key', 'x-goog-api-key'],
  }
}
