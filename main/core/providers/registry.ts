import { ANTHROPIC } from './anthropic.ts'
import { GOOGLE } from './google.ts'
import { OPENAI } from './openai.ts'
import type { Provider } from './provider.ts'

/** Every provider, in the order in which hosts are asked. Adding one is its file and a line here. */
export const PROVIDERS: readonly Provider[] = [OPENAI, ANTHROPIC, GOOGLE]

export function providerById(id: string): Provider | null {
  return PROVIDERS.find((provider) => provider.id === id) ?? null
}

/** The provider that owns a host (without port, any case), null for a host that is nobody's: it is never decrypted. */
export function providerForHost(host: string): Provider | null {
  const name = host.toLowerCase().replace(/\.$/, '')
  return PROVIDERS.find((provider) => provider.hosts.some((pattern) => hostMatches(pattern, name))) ?? null
}

/** `*` stands for one or more labels, or a part of one: `*.openai.azure.com`, `*-aiplatform.googleapis.com`. */
export function hostMatches(pattern: string, host: string): boolean {
  if (!pattern.includes('*')) return pattern === host
  const source = pattern.replace(/[.+?^${}()|[\]\\]/g, '\\$&').replaceAll('*', '[a-z0-9.-]+')
  return new RegExp(`^${source}$`).test(host)
}
