import { findProvider } from '@pydantic/genai-prices'
import type { Dataset, DatasetProvider } from './dataset.ts'
import { MORE_MODELS } from './more-prices.ts'

// Only the package's tables are used, never its arithmetic, which is in floating-point dollars.

/** The day on which the pinned package version was published; a test ties the pair together. */
const PUBLISHED = { packageVersion: '0.1.8', day: '2026-09-23' }

export const bundledDataset: Dataset = remembered(`genai-prices@${PUBLISHED.day}`, (id) => {
  const found = findProvider({ providerId: id })
  // Exact ids only: the package's own look-up also guesses ("my-openai-proxy" is not OpenAI).
  return found?.id === id ? found : undefined
})

/** A dataset of providers that were read from elsewhere. */
export function datasetOf(providers: readonly DatasetProvider[], version: string): Dataset {
  const byId = new Map(providers.map((provider) => [provider.id, provider]))
  return remembered(version, (id) => byId.get(id))
}

/** With the models that every edition leaves out, put together once per provider. */
function remembered(version: string, find: (id: string) => DatasetProvider | undefined): Dataset {
  const providers = new Map<string, DatasetProvider>()
  return {
    version,
    provider: (id) => {
      const known = providers.get(id)
      if (known) return known
      const found = find(id)
      if (!found) return undefined
      const provider = { ...found, models: [...found.models, ...(MORE_MODELS[id] ?? [])] }
      providers.set(id, provider)
      return provider
    },
  }
}

export const DATASET_PACKAGE_VERSION = PUBLISHED.packageVersion
