import type { Policy } from '../../../shared/rules/policy.ts'
import type { Settings } from '../../../shared/rules/settings.ts'
import { openAiCompatible } from '../../core/providers/catalogue/openai-compatible.ts'
import type { Provider } from '../../core/providers/types/provider.ts'
import { hostMatches, providerById, providerForHost } from '../../core/providers/registry.ts'
import type { ProviderTable } from './route.ts'

/** The built-in providers, those of the settings, and the hosts that the policy adds. */
export function createProviderTable(
  settings: Pick<Settings, 'providers' | 'upstreams'>,
  policyHosts: () => Readonly<Policy['hosts']>,
): ProviderTable & { own: readonly Provider[]; isKnown(host: string): boolean } {
  const own = Object.entries(settings.providers).map(([id, { origin, hosts, free }]): Provider => {
    const provider = openAiCompatible({ id, origin, hosts, priceProvider: null })
    return free ? { ...provider, billing: 'local' } : provider
  })
  const byId = (id: string) => own.find((provider) => provider.id === id) ?? providerById(id)
  const ownFor = (host: string) =>
    own.find((provider) => provider.hosts.some((pattern) => hostMatches(pattern, host))) ?? null
  return {
    own,
    /** Whether a host is a provider's without any policy. */
    isKnown: (host) => ownFor(host) !== null || providerForHost(host) !== null,
    byId,
    forHost(host) {
      const named = policyHosts().find((entry) => hostMatches(entry.host, host))
      return ownFor(host) ?? (named ? byId(named.provider) : null) ?? providerForHost(host)
    },
    originOf: (provider) => settings.upstreams[provider.id] ?? provider.origin,
  }
}
