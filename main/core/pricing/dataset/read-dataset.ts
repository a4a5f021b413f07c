import { z } from 'zod'
import { BIG_THREE } from '../rates/ceiling.ts'
import type { Dataset, DatasetProvider, MatchLogic } from './dataset.ts'
import { bundledDataset, datasetOf } from './known-datasets.ts'

/** No price of any unit is near this; a document with one has its decimal point in the wrong place. */
const MAX_DOLLARS = 100_000
/** Bounds of a document that is read: the dataset of 2026 has 90 providers and 2,600 models. */
const MAX_PROVIDERS = 2_000
const MAX_MODELS = 20_000

const dollars = z.number().min(0).max(MAX_DOLLARS)
const pricesSchema = z.record(
  z.string(),
  z.union([
    dollars,
    z.object({
      base: dollars,
      tiers: z.array(z.object({ start: z.number().int().nonnegative(), price: dollars })).max(100),
    }),
  ]),
)

const textRule = z.string().max(500)
const matchSchema: z.ZodType<MatchLogic> = z.lazy(() =>
  z.union([
    z.strictObject({ or: z.array(matchSchema).min(1).max(200) }),
    z.strictObject({ and: z.array(matchSchema).min(1).max(200) }),
    z.strictObject({ equals: textRule }),
    z.strictObject({ starts_with: textRule }),
    z.strictObject({ ends_with: textRule }),
    z.strictObject({ contains: textRule }),
    z.strictObject({ regex: textRule.refine(compiles, 'not a regular expression') }),
  ]),
)

const day = z.iso.date()
const timeOfDay = z.string().regex(/^\d{2}:\d{2}(:\d{2})?Z?$/)
const constraintSchema = z.union([
  z.object({ start_date: day }).transform(({ start_date }) => ({ type: 'start_date' as const, start_date })),
  z
    .object({ start_time: timeOfDay, end_time: timeOfDay })
    .transform((times) => ({ type: 'time_of_date' as const, ...times })),
])
const modelSchema = z.object({
  id: z.string().min(1).max(300),
  match: matchSchema,
  context_window: z
    .number()
    .int()
    .positive()
    .nullish()
    .transform((value) => value ?? undefined),
  deprecated: z
    .boolean()
    .nullish()
    .transform((value) => value ?? undefined),
  prices: z.union([
    z
      .array(
        z.object({
          constraint: constraintSchema.nullish().transform((value) => value ?? undefined),
          prices: pricesSchema,
        }),
      )
      .min(1)
      .max(200),
    pricesSchema,
  ]),
})
const providerSchema = z.object({
  id: z.string().min(1).max(100),
  models: z.array(modelSchema).max(MAX_MODELS),
  fallback_model_providers: z
    .array(z.string())
    .nullish()
    .transform((value) => value ?? undefined),
})
const documentSchema = z.array(providerSchema).min(1).max(MAX_PROVIDERS)

/**
 * A price list in the format of genai-prices (`prices/data.json`), checked before it may replace a good one: every
 * price is a price, every rule compiles, and the large providers are all there with about as many models as were known.
 * `version` begins with `genai-prices@`. Throws an Error whose message says what is wrong.
 */
export function readDataset(document: unknown, version: string): Dataset {
  const parsed = documentSchema.safeParse(document)
  if (!parsed.success) {
    const [issue] = parsed.error.issues
    throw new Error(`not a price list: ${issue?.path.join('.') || 'the document'}: ${issue?.message}`)
  }
  const dataset = datasetOf(parsed.data, version)
  for (const id of BIG_THREE) {
    const known = pricedModels(bundledDataset.provider(id))
    const found = pricedModels(parsed.data.find((provider) => provider.id === id))
    if (found * 2 < known) throw new Error(`incomplete price list: ${found} priced models of ${id}, ${known} are known`)
  }
  return dataset
}

function pricedModels(provider: DatasetProvider | undefined): number {
  const hasPrice = (prices: object) => Object.values(prices).some((price) => typeof price === 'object' || price > 0)
  return (provider?.models ?? []).filter(({ prices }) =>
    Array.isArray(prices) ? prices.some((entry) => hasPrice(entry.prices)) : hasPrice(prices),
  ).length
}

function compiles(source: string): boolean {
  try {
    new RegExp(source)
    return true
  } catch {
    return false
  }
}
