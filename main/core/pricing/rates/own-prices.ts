import type { UsdNanos } from '../../../../shared/values/money.ts'
import { parseUsd } from '../../../../shared/values/money.ts'
import type { ModelPrice } from '../../../../shared/rules/policy.ts'
import { matchesPattern } from '../../policy/document/scope.ts'
import type { Rates } from './rate-card.ts'
import { toolFees } from './tool-fees.ts'

/** A price that the policy or the settings state themselves, ready to be matched. */
export interface OwnPrice {
  source: 'policy' | 'settings'
  price: ModelPrice
}

/** The first price whose model pattern fits one of the names the model goes by. */
export function findOwnPrice(prices: readonly OwnPrice[], modelIds: readonly string[]): OwnPrice | null {
  return prices.find(({ price }) => modelIds.some((id) => matchesPattern(price.model, id))) ?? null
}

/** What is not stated costs full input: a discount is only given where somebody wrote it down. */
export function ownRates(provider: string, price: ModelPrice): Rates {
  const input = nanos(price.inputUsdPerMillion)
  const output = nanos(price.outputUsdPerMillion)
  const cacheRead = price.cacheReadUsdPerMillion === undefined ? input : nanos(price.cacheReadUsdPerMillion)
  const cacheWrite = price.cacheWriteUsdPerMillion === undefined ? input : nanos(price.cacheWriteUsdPerMillion)
  return {
    input,
    cacheRead,
    cacheWrite5m: cacheWrite,
    cacheWrite1h: cacheWrite,
    output,
    reasoning: output,
    audioInput: input,
    audioCacheRead: cacheRead,
    audioOutput: output,
    imageInput: input,
    imageCacheRead: cacheRead,
    imageOutput: output,
    perRequest: 0,
    perToolUse: toolFees(provider, () => null),
  }
}

function nanos(dollars: string): UsdNanos {
  const amount = parseUsd(dollars)
  // The document's schema has let it through, so it is an amount.
  if (amount === null) throw new RangeError(`not a price: ${dollars}`)
  return amount
}
