import { ANTHROPIC } from './anthropic.ts'
import { AZURE } from './azure.ts'
import { BEDROCK } from './bedrock.ts'
import { CEREBRAS } from './cerebras.ts'
import { COHERE } from './cohere.ts'
import { DEEPSEEK } from './deepseek.ts'
import { FIREWORKS } from './fireworks.ts'
import { GOOGLE } from './google.ts'
import { GROQ } from './groq.ts'
import { HUGGINGFACE } from './huggingface.ts'
import { LMSTUDIO } from './lmstudio.ts'
import { MISTRAL } from './mistral.ts'
import { MORE_PROVIDERS } from './more-providers.ts'
import { OLLAMA, OLLAMA_CLOUD } from './ollama.ts'
import { OPENAI } from './openai.ts'
import { OPENROUTER } from './openrouter.ts'
import { PERPLEXITY } from './perplexity.ts'
import { TOGETHER } from './together.ts'
import { VERTEX } from './vertex.ts'
import { XAI } from './xai.ts'
import type { Provider } from './provider.ts'

/** Every provider, in the order in which hosts are asked. Adding one is its file and a line here. */
export const PROVIDERS: readonly Provider[] = [
  OPENAI,
  ANTHROPIC,
  GOOGLE,
  AZURE,
  VERTEX,
  BEDROCK,
  MISTRAL,
  GROQ,
  DEEPSEEK,
  XAI,
  OPENROUTER,
  TOGETHER,
  FIREWORKS,
  COHERE,
  PERPLEXITY,
  CEREBRAS,
  HUGGINGFACE,
  OLLAMA,
  OLLAMA_CLOUD,
  LMSTUDIO,
  ...MORE_PROVIDERS,
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
