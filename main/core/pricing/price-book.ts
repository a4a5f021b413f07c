import type { ModelPrice } from '../../../shared/rules/policy.ts'
import { BIG_THREE, ceilingRates } from './rates/ceiling.ts'
import type { Dataset } from './dataset/dataset.ts'
import { bundledDataset } from './dataset/known-datasets.ts'
import { findModel, followedProviders, type ListedModel } from './models/find-model.ts'
import { allPrices, listRates, pricesAt, tierStarts } from './rates/list-rates.ts'
import { canonicalProvider, modelIdCandidates, priceProviders } from './models/model-ids.ts'
import { contextWindowOf, maxOutputTokensOf } from './dataset/model-limits.ts'
import { findOwnPrice, type OwnPrice, ownRates } from './rates/own-prices.ts'
import type { PriceBook, PriceQuestion, RateCard, Rates } from './rates/rate-card.ts'
import { FREE_RATES, isFree, scaleRates } from './rates/rates.ts'
import { tierFactor } from './rates/service-tiers.ts'

/** Models run on the developer's own machine: nobody is paid. */
export const FREE_PROVIDERS: readonly string[] = ['ollama', 'lmstudio']

/** Prices change at midnight or on a half hour UTC (DeepSeek's off-peak hours), never within one. */
const PRICE_PERIOD_MS = 30 * 60 * 1_000
/** Answers kept, and models resolved: a developer uses dozens; names from requests must not fill the memory. */
const MAX_REMEMBERED = 2_000
/** No provider's model id is longer; beyond it the name is noise, and unknown. */
const MAX_MODEL_ID_LENGTH = 300

export interface PriceBookOptions {
  dataset?: Dataset
  /** From the policy: they win over everything. `*` in `model` stands for any characters. */
  policyPrices: readonly ModelPrice[]
  /** From the developer's settings: they win over the dataset. */
  settingsPrices: readonly ModelPrice[]
  /** Provider ids that cost nothing by declaration. */
  freeProviders?: readonly string[]
}

/** What a model is, found once per name: prices are then a matter of time, size and tier. */
interface Resolved {
  own: OwnPrice | null
  listed: ListedModel | null
  /** Total input above which its price changes. */
  starts: number[]
}

/**
 * Answers what a call costs per token, from the policy, the settings or the dataset, and with a stated ceiling where
 * none of them knows the model. Pure and remembered: the second question of a kind costs a look-up.
 */
export function createPriceBook(options: PriceBookOptions): PriceBook {
  const dataset = options.dataset ?? bundledDataset
  const free = new Set(options.freeProviders ?? FREE_PROVIDERS)
  const ownPrices: OwnPrice[] = [
    ...options.policyPrices.map((price) => ({ source: 'policy' as const, price })),
    ...options.settingsPrices.map((price) => ({ source: 'settings' as const, price })),
  ]
  const resolved = new Map<string, Resolved>()
  const answers = new Map<string, RateCard>()
  const ceilingStarts = new Map<string, number[]>()

  function resolve(provider: string, modelId: string): Resolved {
    const key = `${provider}\n${modelId}`
    const known = resolved.get(key)
    if (known) return known
    const ids = modelIdCandidates(modelId)
    const listed = modelId.length > MAX_MODEL_ID_LENGTH ? null : findModel(dataset, provider, ids)
    const entry: Resolved = {
      own: findOwnPrice(ownPrices, ids),
      listed,
      starts: listed ? startsOf([listed.model]) : startsOfCeiling(provider),
    }
    return remember(resolved, key, entry)
  }

  function startsOfCeiling(provider: string): number[] {
    const known = ceilingStarts.get(provider)
    if (known) return known
    const sellers = [...priceProviders(provider), ...followedProviders(dataset, provider), ...BIG_THREE]
    const models = sellers.flatMap((id) => dataset.provider(id)?.models ?? [])
    return remember(ceilingStarts, provider, startsOf(models))
  }

  function answer(question: PriceQuestion, provider: string, modelId: string, found: Resolved): RateCard {
    const { own, listed } = found
    const name = listed?.model.id ?? modelId
    const contextWindow = listed?.model.context_window ?? contextWindowOf(name)
    const maxOutput = maxOutputTokensOf(name)
    const card = (rates: Rates, priced: RateCard['priced'], priceVersion: string): RateCard =>
      Object.freeze({
        rates,
        priced: priced === 'exact' && isFree(rates) ? 'free' : priced,
        priceVersion,
        contextWindow,
        maxOutputTokens: contextWindow !== null && maxOutput !== null ? Math.min(maxOutput, contextWindow) : maxOutput,
        modelId: listed?.model.id ?? null,
      })

    if (own) return card(ownRates(provider, own.price), 'exact', own.source)
    // OpenRouter gives a model away under this suffix, and says so by the name alone.
    const givenAway = provider === 'openrouter' && modelId.endsWith(':free')
    if (free.has(provider) || givenAway) return card(FREE_RATES, 'free', 'free')
    const factor = tierFactor(provider, name, question.serviceTier, question.batch)
    if (listed) {
      const list = listRates(provider, name, pricesAt(listed.model, question.atMs), question.inputTokens)
      const rates = scaleRates(listed.factor ? scaleRates(list, listed.factor) : list, factor)
      return card(rates, 'exact', dataset.version)
    }
    const sellers = [...priceProviders(provider), ...followedProviders(dataset, provider)]
    const ceiling =
      ceilingRates(dataset, provider, sellers, question.atMs, question.inputTokens) ??
      ceilingRates(dataset, provider, BIG_THREE, question.atMs, question.inputTokens)
    // A dataset without a single price cannot bound anything: that is a broken build, not a free model.
    if (!ceiling) throw new Error('the price dataset holds no text prices')
    return card(scaleRates(ceiling, factor), 'ceiling', dataset.version)
  }

  return {
    version: dataset.version,
    rateCard(question) {
      const provider = canonicalProvider(question.provider)
      const modelId = question.model ?? ''
      const found = resolve(provider, modelId.slice(0, MAX_MODEL_ID_LENGTH + 1))
      const period = Math.floor(question.atMs / PRICE_PERIOD_MS)
      const bracket = found.starts.filter((start) => question.inputTokens > start).length
      const tier = `${question.serviceTier ?? ''}${question.batch ? '+batch' : ''}`
      const key = `${provider}\n${modelId.slice(0, MAX_MODEL_ID_LENGTH + 1)}\n${period}\n${bracket}\n${tier.slice(0, 100)}`
      return answers.get(key) ?? remember(answers, key, answer(question, provider, modelId, found))
    },
  }
}

function startsOf(models: Parameters<typeof allPrices>[0][]): number[] {
  return [...new Set(models.flatMap(allPrices).flatMap(tierStarts))].sort((a, b) => a - b)
}

function remember<Value>(memory: Map<string, Value>, key: string, value: Value): Value {
  // Emptying it whole is rare and cheap; an eviction order would cost every call.
  if (memory.size >= MAX_REMEMBERED) memory.clear()
  memory.set(key, value)
  return value
}
