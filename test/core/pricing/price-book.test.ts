import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import type { Dataset } from '../../../main/core/pricing/dataset/dataset.ts'
import { bundledDataset, DATASET_PACKAGE_VERSION } from '../../../main/core/pricing/dataset/known-datasets.ts'
import { canonicalProvider, priceProviders } from '../../../main/core/pricing/models/model-ids.ts'
import { createPriceBook } from '../../../main/core/pricing/price-book.ts'
import type { PriceQuestion, Rates } from '../../../main/core/pricing/rates/rate-card.ts'
import { PROVIDERS } from '../../../main/core/providers/registry.ts'

const NOVEMBER_2026 = Date.parse('2026-11-23T12:00:00Z')
const usd = (dollars: number) => Math.round(dollars * 1e9)
const book = createPriceBook({ policyPrices: [], settingsPrices: [] })

function ask(provider: string, model: string | null, more: Partial<PriceQuestion> = {}) {
  return book.rateCard({
    provider,
    model,
    atMs: NOVEMBER_2026,
    inputTokens: 1_000,
    serviceTier: null,
    batch: false,
    ...more,
  })
}

function inOut(rates: Rates): [number, number] {
  return [rates.input / 1e9, rates.output / 1e9]
}

describe('list prices', () => {
  test('are exact nano-dollars per million tokens', () => {
    const card = ask('anthropic', 'claude-sonnet-4-5-20250929')
    expect(card).toMatchObject({
      priced: 'exact',
      modelId: 'claude-sonnet-4-5',
      contextWindow: 200_000,
      maxOutputTokens: 64_000,
    })
    expect(card.rates).toMatchObject({
      input: 3_000_000_000,
      cacheRead: 300_000_000,
      cacheWrite5m: 3_750_000_000,
      cacheWrite1h: 6_000_000_000,
      output: 15_000_000_000,
    })
    expect(card.rates.perToolUse.web_search).toBe(10_000_000)
  })

  test('name the dataset and the day it was published, of the package that is installed', () => {
    expect(ask('openai', 'gpt-5-mini').priceVersion).toMatch(/^genai-prices@\d{4}-\d{2}-\d{2}$/)
    const manifest = JSON.parse(readFileSync('node_modules/@pydantic/genai-prices/package.json', 'utf8'))
    expect(manifest.version).toBe(DATASET_PACKAGE_VERSION)
  })

  test('of a long context hold for the whole call, once the total input exceeds the threshold', () => {
    expect(inOut(ask('anthropic', 'claude-sonnet-4-5', { inputTokens: 200_000 }).rates)).toEqual([3, 15])
    expect(inOut(ask('anthropic', 'claude-sonnet-4-5', { inputTokens: 200_001 }).rates)).toEqual([6, 22.5])
    expect(ask('anthropic', 'claude-sonnet-4-5', { inputTokens: 200_001 }).rates.cacheWrite1h).toBe(usd(12))
    expect(inOut(ask('google', 'gemini-2.5-pro', { inputTokens: 200_001 }).rates)).toEqual([2.5, 15])
    expect(inOut(ask('openai', 'gpt-5.4', { inputTokens: 271_999 }).rates)).toEqual([2.5, 15])
    expect(inOut(ask('openai', 'gpt-5.4', { inputTokens: 272_000 }).rates)).toEqual([5, 22.5])
  })

  test('are those of the call’s date and hour', () => {
    const o3 = (day: string) => inOut(ask('openai', 'o3', { atMs: Date.parse(day) }).rates)
    expect(o3('2025-06-09T23:59:59Z')).toEqual([10, 40])
    expect(o3('2025-06-10T00:00:00Z')).toEqual([2, 8])
    const deepseek = (time: string) =>
      inOut(ask('deepseek', 'deepseek-chat', { atMs: Date.parse(`2026-11-23T${time}Z`) }).rates)
    expect(deepseek('00:29:59')).toEqual([0.135, 0.55])
    expect(deepseek('00:30:00')).toEqual([0.27, 1.1])
    expect(deepseek('16:30:00')).toEqual([0.135, 0.55])
  })

  test('of cache writes follow Anthropic’s multipliers where the dataset has one price or none', () => {
    expect(ask('bedrock', 'us.anthropic.claude-sonnet-4-5-20250929-v1:0').rates).toMatchObject({
      input: usd(3.3),
      cacheWrite5m: usd(4.125),
      cacheWrite1h: usd(6.6),
    })
    expect(ask('bedrock', 'anthropic.claude-3-haiku-20240307-v1:0').rates).toMatchObject({
      cacheWrite5m: usd(0.3125),
      cacheWrite1h: usd(0.5),
    })
    const mini = ask('openai', 'gpt-5-mini').rates
    expect(mini.cacheWrite5m).toBe(mini.input)
  })

  test('of sound, pictures, pages and hours keep their own units', () => {
    expect(ask('openai', 'gpt-realtime').rates).toMatchObject({
      audioInput: usd(32),
      audioCacheRead: usd(0.4),
      audioOutput: usd(64),
      imageInput: usd(5),
      imageCacheRead: usd(0.5),
    })
    expect(ask('google', 'gemini-2.5-flash-image').rates.imageOutput).toBe(usd(30))
    // $0.006 a minute
    expect(ask('openai', 'whisper-1')).toMatchObject({
      priced: 'exact',
      rates: { perToolUse: { audio_seconds: 100_000 } },
    })
    expect(ask('mistral', 'mistral-ocr-2505').rates.perToolUse).toMatchObject({
      pages: 1_000_000,
      annotated_pages: 3_000_000,
    })
    expect(ask('perplexity', 'sonar').rates.perRequest).toBe(12_000_000)
    expect(ask('perplexity', 'sonar-deep-research').rates.reasoning).toBe(usd(3))
  })
})

describe('names of one and the same model', () => {
  test.each([
    ['openai', 'gpt-5-mini-2025-08-07', 'gpt-5-mini'],
    ['openai', 'gpt-5-mini-2031-01-01', 'gpt-5-mini'],
    ['anthropic', 'claude-opus-4-5-20251101', 'claude-opus-4-5'],
    ['google', 'models/gemini-2.5-flash', 'gemini-2.5-flash'],
    ['vertex', 'publishers/google/models/gemini-2.5-flash', 'gemini-2.5-flash'],
    ['vertex', 'claude-sonnet-4-5@20250929', 'claude-sonnet-4-5'],
    ['bedrock', 'us.anthropic.claude-sonnet-4-5-20250929-v1%3A0', 'regional.anthropic.claude-sonnet-4-5-20250929-v1:0'],
    [
      'bedrock',
      'arn:aws:bedrock:us-east-1:123456789012:inference-profile/us.amazon.nova-lite-v1:0',
      'amazon.nova-lite-v1:0',
    ],
    ['openrouter', 'anthropic/claude-sonnet-4.5:nitro', 'anthropic/claude-sonnet-4.5'],
    ['azure', 'gpt-5-mini-2025-08-07', 'gpt-5-mini'],
    ['fireworks', 'accounts/fireworks/models/gpt-oss-120b', 'gpt-oss-120b'],
    ['xai', 'grok-4.1-fast', 'grok-4-1-fast-reasoning'],
    ['vercel-gateway', 'anthropic/claude-sonnet-4-5', 'claude-sonnet-4-5'],
    ['acme-gateway', 'gpt-5-mini', 'gpt-5-mini'],
    ['databricks', 'us.anthropic.claude-3-7-sonnet-20250219-v1:0', 'claude-3-7-sonnet-latest'],
  ])('%s %s', (provider, model, id) => {
    expect(ask(provider, model)).toMatchObject({ priced: 'exact', modelId: id })
  })

  test('a fine-tune is priced by its base model', () => {
    expect(inOut(ask('openai', 'ft:gpt-4.1-2025-04-14:acme:support:abc').rates)).toEqual([3, 12])
    expect(inOut(ask('openai', 'ft:gpt-4.1-mini-2025-04-14:acme::x').rates)).toEqual([0.8, 3.2])
    expect(inOut(ask('openai', 'ft:gpt-4o-mini-2024-07-18:acme::x').rates)).toEqual([0.3, 1.2])
  })
})

describe('service tiers', () => {
  const input = (provider: string, model: string, serviceTier: string | null, batch = false) =>
    ask(provider, model, { serviceTier, batch }).rates.input

  test('change the token rates and leave the fees', () => {
    expect(input('openai', 'gpt-5', 'flex')).toBe(usd(0.625))
    expect(input('openai', 'gpt-5', 'priority')).toBe(usd(2.5))
    expect(input('openai', 'gpt-4.1', 'priority')).toBe(usd(3.5))
    expect(input('openai', 'gpt-5', null, true)).toBe(usd(0.625))
    expect(input('openai', 'gpt-5', 'default')).toBe(usd(1.25))
    expect(input('anthropic', 'claude-opus-4-5', null, true)).toBe(usd(2.5))
    expect(input('anthropic', 'claude-opus-4-5', 'priority')).toBe(usd(5))
    expect(input('anthropic', 'claude-opus-4-6', 'fast+us')).toBe(usd(33))
    expect(input('google', 'gemini-2.5-flash', null, true)).toBe(usd(0.15))
    expect(input('groq', 'llama-3.1-8b-instant', 'flex')).toBe(usd(0.05))
    expect(ask('openai', 'gpt-5', { serviceTier: 'flex' }).rates.perToolUse.web_search).toBe(10_000_000)
  })
})

describe('what is not listed', () => {
  test('an unknown model costs its provider’s dearest current text rates, and says so', () => {
    for (const provider of ['openai', 'anthropic', 'google', 'mistral', 'xai', 'bedrock', 'azure', 'openrouter']) {
      const card = ask(provider, 'no-such-model')
      expect(card).toMatchObject({ priced: 'ceiling', modelId: null, contextWindow: null })
      expect(card.rates.cacheRead).toBe(card.rates.input)
      expect(card.rates.cacheWrite1h).toBeGreaterThanOrEqual(card.rates.input)
    }
    expect(inOut(ask('openai', 'no-such-model').rates)).toEqual([30, 180])
    expect(inOut(ask('openai', null).rates)).toEqual([30, 180])
    expect(inOut(ask('anthropic', 'no-such-model').rates)).toEqual([15, 75])
  })

  test('the ceiling of a long context is the long-context price', () => {
    expect(inOut(ask('openai', 'no-such-model', { inputTokens: 300_000 }).rates)).toEqual([60, 270])
  })

  test('an open model at a host without prices is not priced by another host', () => {
    expect(ask('deepinfra', 'openai/gpt-oss-120b').priced).toBe('ceiling')
    expect(ask('nebius', 'deepseek-ai/DeepSeek-V3').priced).toBe('ceiling')
  })

  test('an unknown provider costs the dearest of the big three', () => {
    expect(ask('acme', 'acme-70b')).toMatchObject({ priced: 'ceiling' })
    expect(inOut(ask('acme', 'acme-70b').rates)).toEqual([30, 180])
  })

  test('a local model is free by declaration, and so is what its provider gives away', () => {
    expect(ask('ollama', 'llama3.2').priced).toBe('free')
    expect(ask('ollama', 'llama3.2').rates.output).toBe(0)
    expect(ask('openrouter', 'deepseek/deepseek-r1:free').priced).toBe('free')
    expect(ask('openai', 'omni-moderation-latest').priced).toBe('free')
  })

  test('names made up without end fill no memory and stay answered', () => {
    for (let index = 0; index < 5_000; index++) expect(ask('openai', `made-up-${index}`).priced).toBe('ceiling')
    expect(ask('openai', 'x'.repeat(100_000)).priced).toBe('ceiling')
  })
})

describe('own prices', () => {
  const own = createPriceBook({
    policyPrices: [
      { model: 'acme-*', inputUsdPerMillion: '0.20', outputUsdPerMillion: '0.80' },
      { model: 'gpt-5', inputUsdPerMillion: '1.00', outputUsdPerMillion: '8', cacheReadUsdPerMillion: '0.1' },
    ],
    settingsPrices: [
      { model: 'ACME-70b', inputUsdPerMillion: '9', outputUsdPerMillion: '9' },
      { model: 'home-*', inputUsdPerMillion: '0', outputUsdPerMillion: '0' },
    ],
  })
  const card = (provider: string, model: string) =>
    own.rateCard({ provider, model, atMs: NOVEMBER_2026, inputTokens: 10, serviceTier: null, batch: false })

  test('of the policy win over settings and dataset, with wildcards', () => {
    expect(card('openai', 'acme-70b')).toMatchObject({ priced: 'exact', priceVersion: 'policy' })
    expect(inOut(card('acme', 'acme-70b').rates)).toEqual([0.2, 0.8])
    expect(card('openai', 'gpt-5').rates).toMatchObject({ input: usd(1), cacheRead: usd(0.1), cacheWrite1h: usd(1) })
    expect(card('openai', 'gpt-5').contextWindow).toBe(400_000)
    expect(card('openai', 'gpt-5-mini').priceVersion).toMatch(/^genai-prices/)
  })

  test('of nothing are free', () => {
    expect(card('openai', 'home-model').priced).toBe('free')
  })
})

describe('every provider of the registry', () => {
  test.each(PROVIDERS.map((provider) => [provider.id, provider] as const))(
    '%s finds its prices where it says they are',
    (id, provider) => {
      const asked = priceProviders(canonicalProvider(id)).filter((name) => bundledDataset.provider(name))
      const named = provider.priceProvider
      expect(named === null ? asked.length === 0 : asked.includes(named)).toBe(true)
      expect(ask(id, 'no-such-model').priced).toBe(provider.billing === 'local' ? 'free' : 'ceiling')
    },
  )
})

test('what the dataset leaves out is priced from the providers’ own pages', () => {
  expect(ask('cohere', 'embed-english-v3.0')).toMatchObject({ priced: 'exact', rates: { input: usd(0.12), output: 0 } })
  expect(ask('cohere', 'rerank-v3.5').rates.perToolUse.search_units).toBe(2_000_000)
  expect(ask('cohere', 'rerank-v3.5').priced).toBe('exact')
  expect(inOut(ask('bedrock', 'cohere.command-r-v1:0').rates)).toEqual([0.5, 1.5])
})

test('the same question gives the same card', () => {
  expect(ask('openai', 'gpt-5')).toBe(ask('openai', 'gpt-5', { atMs: NOVEMBER_2026 + 1_000, inputTokens: 1_001 }))
  expect(ask('openai', 'gpt-5')).not.toBe(ask('openai', 'gpt-5', { serviceTier: 'flex' }))
})

test('no price in the dataset loses precision on its way to nano-dollars', () => {
  const floats: number[] = []
  const collect = (value: unknown) => {
    if (typeof value === 'number') floats.push(value)
    else if (value && typeof value === 'object') for (const part of Object.values(value)) collect(part)
  }
  for (const id of [
    'openai',
    'anthropic',
    'google',
    'aws',
    'azure',
    'mistral',
    'groq',
    'deepseek',
    'x-ai',
    'together',
  ]) {
    for (const model of bundledDataset.provider(id)?.models ?? []) collect(model.prices)
  }
  const imprecise = floats.filter((price) => Math.round(price * 1e9) / 1e9 !== price)
  expect(floats.length).toBeGreaterThan(500)
  expect(imprecise).toEqual([])
})

test('another dataset can be put in', () => {
  const dataset: Dataset = {
    version: 'mine@2026-01-01',
    provider: (id) =>
      id === 'openai'
        ? { id, models: [{ id: 'one', match: { equals: 'one' }, prices: { input_mtok: 7, output_mtok: 8 } }] }
        : undefined,
  }
  const mine = createPriceBook({ dataset, policyPrices: [], settingsPrices: [] })
  const question = { provider: 'openai', atMs: 0, inputTokens: 0, serviceTier: null, batch: false }
  expect(mine.rateCard({ ...question, model: 'one' })).toMatchObject({
    priced: 'exact',
    priceVersion: 'mine@2026-01-01',
  })
  expect(mine.rateCard({ ...question, model: 'two' })).toMatchObject({ priced: 'ceiling', rates: { output: usd(8) } })
})
