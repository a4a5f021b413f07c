import type { CallRecord } from '../../../../shared/calls/call.ts'
import type { Correction } from '../../../../shared/calls/events.ts'
import { contextTokens, type Usage } from '../../../../shared/calls/usage.ts'
import { nanosOf } from '../../ledger/reports/rollup.ts'
import { priceUsage } from './price-usage.ts'
import type { PriceBook, RateCard } from './rate-card.ts'

/** What a closed call costs by the prices at hand, for the time at which it was made. `calls`: how many a batch sums up. */
export function correctionOf(record: CallRecord, usage: Usage, prices: PriceBook, calls = 1): Correction {
  const { rates, priced, priceVersion } = cardOf(record, usage, prices, calls)
  return {
    usage,
    costNanos: priceUsage(rates, usage, record.toolUses ?? {}),
    priced,
    priceVersion,
    responseModel: record.responseModel,
  }
}

/**
 * The correction that new prices make, null when there is none to make. Only list prices correct the past: a price of
 * the policy or of the settings holds from when it is written, except for a model that had no price at all. The
 * provider's own word is never overruled.
 */
export function priceCorrection(record: CallRecord, prices: PriceBook): Correction | null {
  const { usage, priced, priceVersion, costUsd } = record
  if (!usage || costUsd === null || record.api === 'batches') return null
  const unpriced = priced === 'ceiling'
  if (!unpriced && (priced !== 'exact' || !isListed(priceVersion))) return null
  const correction = correctionOf(record, usage, prices)
  if (unpriced ? correction.priced === 'ceiling' : !isListed(correction.priceVersion)) return null
  return correction.costNanos === nanosOf(costUsd) && correction.priced === priced ? null : correction
}

/** Prices of a dataset carry its name and day, others the name of where they are written. */
function isListed(priceVersion: string): boolean {
  return priceVersion.startsWith('genai-prices@')
}

/** By the model that answered, or where only the request's name is known, by that. */
function cardOf(record: CallRecord, usage: Usage, prices: PriceBook, calls: number): RateCard {
  const question = {
    provider: record.provider,
    model: record.responseModel ?? record.requestModel,
    atMs: Date.parse(record.startedAt),
    inputTokens: Math.ceil(contextTokens(usage) / calls),
    serviceTier: record.serviceTier ?? null,
    batch: record.api === 'batches',
  }
  const answered = prices.rateCard(question)
  return answered.priced === 'ceiling' ? prices.rateCard({ ...question, model: record.requestModel }) : answered
}
