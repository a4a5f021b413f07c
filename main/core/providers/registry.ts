import { ANTHROPIC } from './catalogue/anthropic.ts'
import { AZURE } from './catalogue/azure.ts'
import { BEDROCK } from './catalogue/bedrock.ts'
import { CEREBRAS } from './catalogue/cerebras.ts'
import { COHERE } from './catalogue/cohere.ts'
import { DEEPSEEK } from './catalogue/deepseek.ts'
import { FIREWORKS } from './catalogue/fireworks.ts'
import { GOOGLE } from './catalogue/google.ts'
import { GROQ } from './catalogue/groq.ts'
import { HUGGINGFACE } from './catalogue/huggingface.ts'
import { LMSTUDIO } from './catalogue/lmstudio.ts'
import { MISTRAL } from './catalogue/mistral.ts'
import { MORE_PROVIDERS } from './catalogue/more-providers.ts'
import { OLLAMA, OLLAMA_CLOUD } from './catalogue/ollama.ts'
import { OPENAI } from './catalogue/openai.ts'
import { OPENROUTER } from './catalogue/openrouter.ts'
import { PERPLEXITY } from './catalogue/perplexity.ts'
import { TOGETHER } from './catalogue/together.ts'
import { VERTEX } from './catalogue/vertex.ts'
import { XAI } from './catalogue/xai.ts'
import type { Provider } from './types/provider.ts'

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
