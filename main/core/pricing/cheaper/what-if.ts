import type { UsdNanos } from '../../../../shared/values/money.ts'
import { contextTokens, type Usage } from '../../../../shared/calls/usage.ts'
import { modelIdCandidates, vendorOf } from '../models/model-ids.ts'
import { priceUsage } from '../rates/price-usage.ts'
import type { PriceBook, RateCard } from '../rates/rate-card.ts'

/** Closed calls of one provider and model, summed. */
export interface UsedModel {
  provider: string
  model: string
  calls: number
  usage: Usage
}

/**
 * What the same tokens would have cost on another model, in nano-dollars; null when nobody knows a price for it. Sums
 * are priced at their mean size, since a long-context tier looks at each call. Another model may well write more or
 * less for the same question: the same tokens are what can be known.
 */
export function whatIf(prices: PriceBook, used: UsedModel, model: string, atMs: number): UsdNanos | null {
  const inputTokens = used.calls === 0 ? 0 : Math.ceil(contextTokens(used.usage) / used.calls)
  const card = knownCard(prices, used.provider, model, atMs, inputTokens)
  return card === null ? null : priceUsage(card.rates, used.usage)
}

/** Rates of a model wherever it is sold: at the provider at hand, else at the vendor that its name gives away. */
function knownCard(
  prices: PriceBook,
  provider: string,
  model: string,
  atMs: number,
  inputTokens: number,
): RateCard | null {
  const question = { atMs, inputTokens, serviceTier: null, batch: false }
  const vendor = modelIdCandidates(model)
    .map(vendorOf)
    .find((found) => found !== null)
  const sellers = [{ provider, model }, ...(vendor ? [vendor] : [])]
  for (const seller of sellers) {
    const card = prices.rateCard({ ...question, ...seller })
    if (card.priced !== 'ceiling') return card
  }
  return null
}
