import { expect, test } from 'vitest'
import { createPriceBook } from '../../../main/core/pricing/price-book.ts'
import { priceUsage } from '../../../main/core/pricing/rates/price-usage.ts'
import { contextTokens } from '../../../shared/calls/usage.ts'
import { CORPUS, corpus, corpusExists, replay, seededRandom } from '../providers/corpus-replay.ts'

/** The day of the list prices that are compared. */
const AT_MS = Date.parse('2026-11-23')
const TOLERANCE = 0.01

/** Why a provider's own word on a cost parts from our list price. The provider's word is what the ledger charges. */
const EXPLAINED: readonly { model: RegExp; why: string }[] = [
  {
    model: /^openrouter deepseek\/deepseek-chat$/,
    why: "the stated cost holds a web search of the router's own ($7 per thousand) besides the tokens",
  },
  {
    model: /^openrouter (openai\/gpt-oss|deepseek\/deepseek-(chat-v3|r1)|qwen\/|moonshotai\/)/,
    why: 'an open model: the router charges what the host costs that served it, the list has one price for all of them',
  },
  {
    model: /^openrouter (google\/gemini-3\.6-flash)/,
    why: 'recorded before the introductory price that the list has until the end of 2026',
  },
  {
    model: /^openrouter anthropic\/claude-3\.5-sonnet$/,
    why: 'a retired model that only one dear host still serves ($6 and $30)',
  },
  { model: /^openrouter perplexity\//, why: "the vendor's fee per request, which the router's list leaves out" },
  {
    model: /^perplexity sonar/,
    why: "the fee per request follows the search's size, the list has the highest ($12 or $14 against $5 or $6)",
  },
  {
    model: /^vercel-gateway openai\/gpt-5$/,
    why: 'the gateway charges reasoning tokens a second time, although its completion tokens hold them',
  },
]

test.skipIf(!corpusExists())(
  `where a provider states its cost, our list price is within a hundredth of it or the reason is known (skipped without ${CORPUS})`,
  () => {
    const book = createPriceBook({ policyPrices: [], settingsPrices: [] })
    const random = seededRandom(1)
    const unexplained: string[] = []
    const explained = new Map<string, { calls: number; least: number; most: number }>()
    let stated = 0
    for (const { exchange, expected } of corpus()) {
      const result = expected.usage ? replay(exchange, random) : null
      const { usage, providerCostNanos, responseModel, toolUses, serviceTier } = result?.reading ?? {}
      if (!result || !usage || !providerCostNanos || !toolUses) continue
      stated += 1
      const tier = serviceTier ?? result.request.serviceTier
      const asked = { provider: result.provider.id, atMs: AT_MS, inputTokens: contextTokens(usage), batch: false }
      const answered = book.rateCard({ ...asked, model: responseModel ?? result.request.model, serviceTier: tier })
      const card =
        answered.priced === 'ceiling'
          ? book.rateCard({ ...asked, model: result.request.model, serviceTier: tier })
          : answered
      const listNanos = priceUsage(card.rates, usage, toolUses)
      if (Math.abs(listNanos - providerCostNanos) <= Math.max(1, providerCostNanos * TOLERANCE)) continue
      const name = `${asked.provider} ${responseModel ?? result.request.model}`
      const ratio = listNanos / providerCostNanos
      if (!EXPLAINED.some(({ model }) => model.test(name)))
        unexplained.push(`${exchange.id}: ${name} ${listNanos} against ${providerCostNanos}`)
      const row = explained.get(name) ?? { calls: 0, least: ratio, most: ratio }
      explained.set(name, {
        calls: row.calls + 1,
        least: Math.min(row.least, ratio),
        most: Math.max(row.most, ratio),
      })
    }
    if (process.env['ALLOWANCE_CORPUS_TABLE']) printTable(stated, explained)
    expect(unexplained).toEqual([])
    expect(stated).toBeGreaterThan(300)
    // A reason that nothing needs any more is struck out.
    for (const { model } of EXPLAINED) expect([...explained.keys()].some((name) => model.test(name))).toBe(true)
  },
)

function printTable(stated: number, rows: ReadonlyMap<string, { calls: number; least: number; most: number }>): void {
  const calls = [...rows.values()].reduce((sum, row) => sum + row.calls, 0)
  const lines = [...rows].map(([name, { calls: count, least, most }]) => {
    const why = EXPLAINED.find(({ model }) => model.test(name))?.why ?? '?'
    return `| ${name} | ${count} | ${least.toFixed(2)}–${most.toFixed(2)} | ${why} |`
  })
  console.log(`${stated - calls} of ${stated} stated costs are within ${TOLERANCE * 100} % of the list price`)
  console.log(['| model | calls | list ÷ stated | why |', '|---|---|---|---|', ...lines].join('\n'))
}
