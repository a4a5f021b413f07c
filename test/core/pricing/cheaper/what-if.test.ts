import { expect, test } from 'vitest'
import { cheaperModel } from '../../../../main/core/pricing/cheaper/cheaper-models.ts'
import { createPriceBook } from '../../../../main/core/pricing/price-book.ts'
import { suggestModels } from '../../../../main/core/pricing/cheaper/suggest-models.ts'
import { whatIf } from '../../../../main/core/pricing/cheaper/what-if.ts'
import { tierVerdict } from '../../../../main/core/policy/decision/tier-verdict.ts'
import type { BudgetState } from '../../../../main/core/policy/decision/facts.ts'
import type { CallFacts } from '../../../../shared/calls/events.ts'
import { NO_ATTRIBUTION } from '../../../../shared/calls/attribution.ts'
import { NO_USAGE } from '../../../../shared/calls/usage.ts'

const AT_MS = Date.parse('2026-11-23')
const prices = createPriceBook({ policyPrices: [], settingsPrices: [] })
const usage = { ...NO_USAGE, uncachedInput: 1_000_000, cacheRead: 1_000_000, output: 100_000 }
const used = { provider: 'openai', model: 'gpt-4o', calls: 100, usage }

test.each<[string, string, number | null]>([
  // (1 × $0.15 + 1 × $0.075 + 0.1 × $0.60)
  ['a sibling', 'gpt-4o-mini', 285_000_000],
  // (1 × $1.00 + 1 × $0.10 + 0.1 × $5.00): sold elsewhere, as its name says.
  ['another vendor’s model', 'claude-haiku-4-5', 1_600_000_000],
  ['with the vendor before it', 'anthropic/claude-haiku-4-5', 1_600_000_000],
  ['a model that nobody knows', 'acme-70b', null],
])('the same tokens on %s', (_name, model, nanos) => {
  expect(whatIf(prices, used, model, AT_MS)).toBe(nanos)
})

test('a sum of many calls is no long context: each of them is looked at', () => {
  const one = whatIf(prices, { ...used, calls: 1 }, 'gemini-2.5-pro', AT_MS)
  const many = whatIf(prices, { ...used, calls: 100 }, 'gemini-2.5-pro', AT_MS)
  expect(one).toBeGreaterThan(many ?? Number.POSITIVE_INFINITY)
})

test.each([
  ['gpt-5', 'gpt-5-mini'],
  ['gpt-5-mini-2025-08-07', 'gpt-5-nano'],
  ['gpt-4o-2024-08-06', 'gpt-4o-mini'],
  ['gpt-4.1-mini', 'gpt-4.1-nano'],
  ['claude-opus-4-5-20251101', 'claude-sonnet-4-5'],
  ['claude-sonnet-4-5', 'claude-haiku-4-5'],
  ['anthropic/claude-sonnet-4-5', 'anthropic/claude-haiku-4-5'],
  ['gemini-2.5-pro', 'gemini-2.5-flash'],
  ['gemini-2.5-flash', 'gemini-2.5-flash-lite'],
  ['gemini-2.5-flash-lite', null],
  ['gpt-5-nano', null],
  ['llama-3.3-70b', null],
])('the next cheaper model after %s is %s', (model, cheaper) => {
  expect(cheaperModel(model)).toBe(cheaper)
})

const part = (model: string, kind: string, costNanos: number, billing: 'metered' | 'subscription' = 'metered') => ({
  atMs: AT_MS,
  dimensions: { billing, values: { provider: 'openai', model, kind } },
  calls: 10,
  refused: 0,
  costNanos,
  ceilingNanos: 0,
  usage,
})

test('suggestions per kind of work, the policy’s first, the largest saving on top, with their evidence', () => {
  const parts = [
    part('gpt-4o', 'prompt', 4_750_000_000),
    part('gpt-4o', 'prompt', 4_750_000_000),
    part('gpt-4o-mini', 'auxiliary', 285_000_000),
    part('gpt-5', 'auxiliary', 3_000_000_000),
    part('gpt-5', 'retrieval', 3_000_000_000, 'subscription'),
  ]
  const suggestions = suggestModels(parts, [{ when: {}, suggest: { 'gpt-5': 'gpt-5-nano' } }], prices, AT_MS)
  expect(suggestions).toMatchObject([
    {
      kind: 'prompt',
      model: 'gpt-4o',
      suggested: 'gpt-4o-mini',
      source: 'vendor',
      calls: 20,
      costUsd: '9.500000000',
      suggestedUsd: '0.570000000',
      savedUsd: '8.930000000',
    },
    { kind: 'auxiliary', model: 'gpt-5', suggested: 'gpt-5-nano', source: 'policy', calls: 10 },
  ])
  expect(suggestions[0]?.sentence).toBe(
    '20 prompt calls on gpt-4o cost $9.50; the same tokens on gpt-4o-mini cost $0.57',
  )
})

const call = {
  requestModel: 'gpt-5',
  provider: 'openai',
  kind: 'prompt',
  billing: 'metered',
  conversation: null,
  attribution: { ...NO_ATTRIBUTION, environment: 'test' },
} as CallFacts
const budget = (spent: number): BudgetState => ({
  rule: { id: 'daily', guard: 'spend-cap' },
  unit: 'usd',
  key: null,
  window: { startMs: 0, endMs: 1, rolling: false },
  limit: 100,
  raised: 0,
  spent,
  held: 0,
})
const tier = { when: { leftBelow: 0.2, scope: { environment: ['test'] } }, suggest: { 'gpt-5': 'gpt-5-mini' } }

test('a tier of the policy warns when little is left, in its scope, of its model', () => {
  expect(tierVerdict(call, [tier], [budget(90)])).toEqual({
    guard: 'tiers',
    rule: null,
    verdict: 'warn',
    reason: 'the policy suggests gpt-5-mini instead of gpt-5; 10 % of the budget is left',
  })
})

test.each<[string, Partial<CallFacts>, BudgetState[]]>([
  ['enough is left', {}, [budget(50)]],
  ['no budget of money', {}, []],
  ['another environment', { attribution: { ...NO_ATTRIBUTION, environment: 'dev' } }, [budget(90)]],
  ['another model', { requestModel: 'gpt-4o' }, [budget(90)]],
  ['the model that it suggests', { requestModel: 'gpt-5-mini' }, [budget(90)]],
])('no warning: %s', (_name, changes, budgets) => {
  expect(tierVerdict({ ...call, ...changes }, [tier], budgets)).toBeNull()
})
