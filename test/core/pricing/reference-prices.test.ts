import { existsSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { createPriceBook } from '../../../main/core/pricing/price-book.ts'
import { priceUsage } from '../../../main/core/pricing/rates/price-usage.ts'
import { NO_USAGE, type Usage } from '../../../shared/calls/usage.ts'

/** Recorded usages of real providers, priced by others with an older edition of the list prices. Not part of the repository. */
const corpus = new URL('../../../../shared/corpus/', import.meta.url)
const isHere = existsSync(new URL('reference_prices.jsonl', corpus))

interface Expected {
  id: string
  provider: string
  model: string | null
  usage: Record<string, number> | null
  rawUsage: { server_tool_use?: { web_search_requests?: number } } | null
}

const lines = <Row>(name: string): Row[] =>
  readFileSync(fileURLToPath(new URL(name, corpus)), 'utf8')
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line))

/** Prices that the two editions list differently: lowered, raised or split out in between. */
const CHANGED_SINCE = /^(deepseek-v4|gpt-5\.6|gpt-4o-2024-05-13|mistral-medium-latest|ministral-8b-latest)/

function usageOf(expected: Record<string, number>): Usage {
  const cacheRead = expected.cachedRead ?? 0
  const cacheWrite = expected.cacheWrite ?? 0
  const cacheWrite1h = expected.cacheWrite1h ?? 0
  return {
    ...NO_USAGE,
    uncachedInput: expected.inputUncached ?? Math.max(0, (expected.inputTotal ?? 0) - cacheRead - cacheWrite),
    cacheRead,
    cacheWrite5m: expected.cacheWrite5m ?? cacheWrite - cacheWrite1h,
    cacheWrite1h,
    output: expected.output ?? 0,
    reasoning: expected.reasoning ?? 0,
    audioInput: expected.audioIn ?? 0,
    audioOutput: expected.audioOut ?? 0,
  }
}

test.skipIf(!isHere)('costs agree with an independent calculation over recorded usages', () => {
  const book = createPriceBook({ policyPrices: [], settingsPrices: [] })
  const reference = new Map(
    lines<{ id: string; totalPrice: string | null }>('reference_prices.jsonl').map((row) => [row.id, row.totalPrice]),
  )
  let agreed = 0
  const different: string[] = []
  for (const { id, provider, model, usage, rawUsage } of lines<Expected>('expected.jsonl')) {
    const price = reference.get(id)
    if (!usage || price === undefined || price === null || CHANGED_SINCE.test(model ?? '')) continue
    const atMs = Date.parse('2026-08-22')
    const card = book.rateCard({
      provider,
      model,
      atMs,
      inputTokens: usage.inputTotal ?? 0,
      serviceTier: null,
      batch: false,
    })
    if (card.priced === 'ceiling') continue
    const toolUses = { web_search: rawUsage?.server_tool_use?.web_search_requests ?? 0 }
    const cost = priceUsage(card.rates, usageOf(usage), toolUses)
    if (Math.abs(cost - Number(price) * 1e9) <= 1) agreed++
    else different.push(`${id}: ${cost} against ${Number(price) * 1e9}`)
  }
  expect(agreed).toBeGreaterThan(2_000)
  // Left are cached sound whose share the usage does not tell, a cached read that one side counts apart from the
  // total, and two calls whose sub-calls to another model are told in two ways.
  expect(different.slice(5)).toEqual([])
})
