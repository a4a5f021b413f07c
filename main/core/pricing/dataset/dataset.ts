import { findProvider } from '@pydantic/genai-prices'
import { MORE_MODELS } from './more-prices.ts'

/**
 * The list prices, as data. The package's own arithmetic is not used (it is float dollars): only its tables are.
 * This is the one file that imports it.
 */
export type MatchLogic =
  | { and: MatchLogic[] }
  | { or: MatchLogic[] }
  | { contains: string }
  | { ends_with: string }
  | { equals: string }
  | { regex: string }
  | { starts_with: string }

/** Dollars per unit; a tiered price changes for the whole call once its total input exceeds `start` tokens. */
export type DatasetPrice = number | { base: number; tiers: { start: number; price: number }[] }

/** Keys end in their unit: `input_mtok` per million tokens, `web_searches_kcount` per thousand, `audio_hours` per hour. */
export type DatasetPrices = Readonly<Record<string, DatasetPrice | undefined>>

export interface DatedPrices {
  constraint?:
    | { type: 'start_date'; start_date: string }
    | { type: 'time_of_date'; start_time: string; end_time: string }
    | undefined
  prices: DatasetPrices
}

export interface DatasetModel {
  id: string
  match: MatchLogic
  context_window?: number | undefined
  deprecated?: boolean | undefined
  prices: DatasetPrices | DatedPrices[]
}

export interface DatasetProvider {
  id: string
  models: DatasetModel[]
  fallback_model_providers?: string[] | undefined
}

export interface Dataset {
  /** Names the data and the day it was published. */
  version: string
  provider(id: string): DatasetProvider | undefined
}

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
