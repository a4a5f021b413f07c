import type { Dataset, DatasetModel } from '../dataset/dataset.ts'
import { matchesModel } from './match-model.ts'
import { priceProviders, vendorOf } from './model-ids.ts'
import type { Factor } from '../rates/service-tiers.ts'

/** A model's place in the dataset. `factor` applies to a fine-tune, which is priced by its base model. */
export interface ListedModel {
  model: DatasetModel
  factor: Factor | null
}

/**
 * Finds a model's list price by any of its names, at the provider itself first, then at the providers whose prices the
 * dataset says it follows. A gateway that the dataset does not know, and OpenRouter, resell at the vendor's price.
 */
export function findModel(dataset: Dataset, provider: string, modelIds: readonly string[]): ListedModel | null {
  const own = priceProviders(provider)
  const followed = followedProviders(dataset, provider)
  const found = search(dataset, own, modelIds) ?? search(dataset, followed, modelIds)
  if (found) return { model: found, factor: null }
  const isGateway = provider === 'openrouter' || own.every((id) => dataset.provider(id) === undefined)
  if (isGateway) {
    for (const id of modelIds) {
      const vendor = vendorOf(id)
      const resold = vendor && search(dataset, priceProviders(vendor.provider), [vendor.model])
      if (resold) return { model: resold, factor: null }
    }
  }
  return fineTuned(dataset, [...own, ...followed], modelIds)
}

/** Providers whose list prices this one follows: Azure those of OpenAI, Vertex those of Anthropic. */
export function followedProviders(dataset: Dataset, provider: string): string[] {
  // Google's own API does not sell what Vertex does, though the dataset lists the two as one.
  if (provider === 'google') return []
  return priceProviders(provider).flatMap((id) => dataset.provider(id)?.fallback_model_providers ?? [])
}

function search(dataset: Dataset, providers: readonly string[], modelIds: readonly string[]): DatasetModel | null {
  for (const modelId of modelIds) {
    for (const id of providers) {
      const model = dataset.provider(id)?.models.find((candidate) => matchesModel(candidate.match, modelId))
      if (model) return model
    }
  }
  return null
}

/**
 * `ft:gpt-4.1-mini-2025-04-14:acme::id` costs its base model times a factor: 1.5 for GPT-4.1, 2 for its small
 * siblings and for what we have not seen. https://platform.openai.com/docs/pricing (fine-tuning)
 */
function fineTuned(dataset: Dataset, providers: readonly string[], modelIds: readonly string[]): ListedModel | null {
  for (const modelId of modelIds) {
    const base = /^ft:([^:]+)/.exec(modelId)?.[1]
    if (!base) continue
    const model = search(dataset, providers, [base, base.replace(/-20\d{2}-\d{2}-\d{2}$/, '')])
    if (!model) continue
    const factor = model.id === 'gpt-4.1' ? { numerator: 3, denominator: 2 } : { numerator: 2, denominator: 1 }
    return { model, factor }
  }
  return null
}
