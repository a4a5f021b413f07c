import { ANTHROPIC } from './catalogue/anthropic.ts'
import { AZURE } from './catalogue/azure.ts'
import { BEDROCK } from './catalogue/bedrock.ts'
import { COHERE } from './catalogue/cohere.ts'
import { GOOGLE } from './catalogue/google.ts'
import { HUGGINGFACE } from './catalogue/huggingface.ts'
import { MISTRAL } from './catalogue/mistral.ts'
import { OPENAI_COMPATIBLE_PROVIDERS } from './catalogue/openai-compatible-providers.ts'
import { OLLAMA, OLLAMA_CLOUD } from './catalogue/ollama.ts'
import { OPENAI } from './catalogue/openai.ts'
import { VERTEX } from './catalogue/vertex.ts'
import type { Provider } from './types/provider.ts'

/** Every provider, in the order in which hosts are asked. A new one is a file and a line here, or an entry in the table of those that speak OpenAI's API. */
export const PROVIDERS: readonly Provider[] = [
  OPENAI,
  ANTHROPIC,
  GOOGLE,
  AZURE,
  VERTEX,
  BEDROCK,
  MISTRAL,
  COHERE,
  HUGGINGFACE,
  OLLAMA,
  OLLAMA_CLOUD,
  ...OPENAI_COMPATIBLE_PROVIDERS,
]

export function providerById(id: string): Provider | null {
  return PROVIDERS.find((provider) => provider.id === id) ?? null
}

/** The provider that owns a host (without port, any case), null for a host that is nobody's: it is never decrypted. */
export function providerForHost(host: string): Provider | null {
  const name = host.toLowerCase().replace(/\.$/, '')
  return PROVIDERS.find((provider) => provider.hosts.some((pattern) => hostMatches(pattern, name))) ?? null
}

/** `*` stands for one or more labels, as in `*.openai.azure.com`. */
export function hostMatches(pattern: string, host: string): boolean {
  if (!pattern.includes('*')) return pattern === host
  const source = pattern.replace(/[.+?^${}()|[\]\\]/g, '\\$&').replaceAll('*', '[a-z0-9.-]+')
  return new RegExp(`^${source}$`).test(host)
}
