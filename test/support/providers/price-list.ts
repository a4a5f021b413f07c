import { bundledDataset } from '../../../main/core/pricing/dataset/known-datasets.ts'

/** A price list in the format of the published file: the large providers as they ship, with other prices for some models. */
export function priceList(changed: Record<string, unknown> = {}) {
  return ['openai', 'anthropic', 'google'].map((id) => ({
    id,
    name: id,
    models: (bundledDataset.provider(id)?.models ?? []).map((model) => ({
      ...model,
      prices: changed[model.id] ?? model.prices,
    })),
  }))
}
