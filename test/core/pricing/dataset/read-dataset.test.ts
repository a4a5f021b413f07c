import { expect, test } from 'vitest'
import { bundledDataset } from '../../../../main/core/pricing/dataset/known-datasets.ts'
import { createPriceBook } from '../../../../main/core/pricing/price-book.ts'
import { readDataset } from '../../../../main/core/pricing/dataset/read-dataset.ts'
import { priceList } from '../../../support/providers/price-list.ts'

const VERSION = 'genai-prices@2026-11-23+test'
const question = { provider: 'openai', model: 'gpt-4o-mini', atMs: 0, inputTokens: 0, serviceTier: null, batch: false }
const bookOf = (dataset = bundledDataset) => createPriceBook({ dataset, policyPrices: [], settingsPrices: [] })

test('the list that came with the product is read back to the same rates, for every model of the large providers', () => {
  const [ours, theirs] = [bookOf(), bookOf(readDataset(priceList(), VERSION))]
  for (const provider of ['openai', 'anthropic', 'google']) {
    for (const { id } of bundledDataset.provider(provider)?.models ?? []) {
      for (const atMs of [Date.parse('2026-01-01T00:00:00Z'), Date.parse('2027-02-01T17:00:00Z')]) {
        const asked = { ...question, provider, model: id, atMs, inputTokens: 300_000 }
        expect(theirs.rateCard(asked).rates).toEqual(ours.rateCard(asked).rates)
      }
    }
  }
})

test('a new price is taken over, with the version that says where it is from', () => {
  const card = bookOf(readDataset(priceList({ 'gpt-4o-mini': { input_mtok: 1, output_mtok: 2 } }), VERSION)).rateCard(
    question,
  )
  expect(card).toMatchObject({
    priced: 'exact',
    priceVersion: VERSION,
    rates: { input: 1_000_000_000, output: 2_000_000_000 },
  })
})

test('constraints without a type, as the published file has them, are understood', () => {
  const prices = [
    { prices: { input_mtok: 1 } },
    { constraint: { start_date: '2026-06-01' }, prices: { input_mtok: 3 } },
  ]
  const book = bookOf(readDataset(priceList({ 'gpt-4o-mini': prices }), VERSION))
  const inputAt = (day: string) => book.rateCard({ ...question, atMs: Date.parse(day) }).rates.input
  expect([inputAt('2026-05-31'), inputAt('2026-06-02')]).toEqual([1_000_000_000, 3_000_000_000])
})

test.each<[string, unknown, RegExp]>([
  ['no list', { providers: [] }, /not a price list/],
  ['a negative price', priceList({ 'gpt-4o-mini': { input_mtok: -1 } }), /not a price list/],
  ['a price that is text', priceList({ 'gpt-4o-mini': { input_mtok: '0.15' } }), /not a price list/],
  [
    'a price with its point in the wrong place',
    priceList({ 'gpt-4o-mini': { input_mtok: 1_500_000 } }),
    /not a price list/,
  ],
  ['half of a list', priceList().map((one) => ({ ...one, models: one.models.slice(0, 3) })), /incomplete price list/],
  ['a list without Anthropic', priceList().filter(({ id }) => id !== 'anthropic'), /0 priced models of anthropic/],
  [
    'a rule that does not compile',
    priceList().map((one) => ({ ...one, models: one.models.map((model) => ({ ...model, match: { regex: '(' } })) })),
    /not a price list/,
  ],
])('%s is refused', (_name, document, message) => {
  expect(() => readDataset(document, VERSION)).toThrow(message)
})
