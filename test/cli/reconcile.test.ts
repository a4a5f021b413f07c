import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { reconcileReportSchema } from '../../shared/contract/reconcile.ts'
import { runCli } from '../support/gateway/cli.ts'
import { createTestView, type TestView } from '../support/gateway/control-view.ts'
import { startScriptedServer } from '../support/providers/scripted-server.ts'

const DAY_MS = 86_400_000
const now = Date.now()
const today = Math.floor(now / DAY_MS) * DAY_MS
const yesterday = today - DAY_MS
const day = new Date(yesterday).toISOString().slice(0, 10)

let home: string
let view: TestView
let far: Awaited<ReturnType<typeof startScriptedServer>>

beforeEach(async () => {
  home = mkdtempSync(path.join(tmpdir(), 'allowance-test-'))
  far = await startScriptedServer({})
  const upstreams = { openai: far.url, anthropic: far.url }
  writeFileSync(path.join(home, 'settings.json'), JSON.stringify({ upstreams, timezone: 'UTC' }))
  view = await createTestView({ home, at: new Date(yesterday + DAY_MS / 2).toISOString() })
})
afterEach(async () => {
  view.close()
  await far.stop()
  rmSync(home, { recursive: true, force: true })
})

/** Two calls of yesterday: 2,000 tokens in, 20 out, on the dated model that the fake answers with. */
const spendTwice = () => {
  view.spend('0.50')
  view.spend('0.50')
}
const time = `start_time=${yesterday / 1_000}&end_time=${(today + DAY_MS) / 1_000}&bucket_width=1d&group_by=`
const usageAt = (results: unknown[], more: object = {}) => ({
  body: {
    object: 'page',
    data: [{ object: 'bucket', start_time: yesterday / 1_000, end_time: today / 1_000, results }],
    has_more: false,
    next_page: null,
    ...more,
  },
})
const usageOf = (calls: number, input: number, output: number, model = 'gpt-5-mini-2025-08-07') => ({
  object: 'organization.usage.completions.result',
  input_tokens: input,
  output_tokens: output,
  input_cached_tokens: 0,
  num_model_requests: calls,
  model,
})
const costOf = (value: number, line: string) => ({
  object: 'organization.costs.result',
  amount: { value, currency: 'usd' },
  line_item: line,
})
const publishOpenAi = (usage: object, costs: unknown[]) => {
  far.answers[`GET /v1/organization/usage/completions?${time}model&limit=2`] = usage as { body: unknown }
  far.answers[`GET /v1/organization/usage/embeddings?${time}model&limit=2`] = usageAt([])
  far.answers[`GET /v1/organization/costs?${time}line_item&limit=2`] = usageAt(costs)
}
const run = async (env: Record<string, string>, ...args: string[]) => {
  const answer = await runCli(home, ['reconcile', '--since', day, ...args], env)
  return {
    ...answer,
    report: args.includes('--json') && answer.stdout ? reconcileReportSchema.parse(JSON.parse(answer.stdout)) : null,
  }
}
const OPENAI = { OPENAI_ADMIN_KEY: 'sk-admin-secret' }

test('a ledger that agrees with the report of OpenAI, page by page', async () => {
  spendTwice()
  publishOpenAi(usageAt([usageOf(1, 1_000, 10)], { has_more: true, next_page: 'p2' }), [
    costOf(0.6, 'gpt-5-mini-2025-08-07, input'),
    costOf(0.4, 'gpt-5-mini-2025-08-07, output'),
  ])
  far.answers[`GET /v1/organization/usage/completions?${time}model&limit=2&page=p2`] = usageAt([usageOf(1, 1_000, 10)])
  const { code, report } = await run(OPENAI, '--json')
  expect(report?.providers).toEqual([{ provider: 'openai', error: null }])
  expect(report?.rows).toMatchObject([
    {
      provider: 'openai',
      day,
      model: 'gpt-5-mini',
      agrees: true,
      differenceUsd: '0.000000000',
      why: [],
      ledger: { calls: 2, costUsd: '1.000000000' },
      reported: { calls: 2, inputTokens: 2_000 },
    },
  ])
  expect(code).toBe(0)
  expect(far.asked[0]?.headers['authorization']).toBe('Bearer sk-admin-secret')
})

test('calls that the ledger never saw are told, and answered with 1', async () => {
  spendTwice()
  publishOpenAi(usageAt([usageOf(5, 9_000, 90), usageOf(1, 700, 7, 'gpt-4o-2024-08-06')]), [
    costOf(4, 'gpt-5-mini-2025-08-07, input'),
  ])
  const { code, report } = await run(OPENAI, '--json')
  expect(code).toBe(1)
  expect(report?.rows.map(({ model, agrees, why }) => [model, agrees, why[0]])).toEqual([
    ['gpt-4o', false, '1 call did not go through this gateway: other machines or people of the organization'],
    ['gpt-5-mini', false, '3 calls did not go through this gateway: other machines or people of the organization'],
  ])
  expect(report?.rows[1]).toMatchObject({ differenceUsd: '-3.000000000' })
  expect((await run(OPENAI)).stdout).toMatch(/gpt-5-mini +\S+ +\S+ +\$1\.00 +\$4\.00 +✗/)
})

test('the same tokens at another price, and a gap of that day', async () => {
  spendTwice()
  publishOpenAi(usageAt([usageOf(2, 2_000, 20)]), [costOf(0.5, 'gpt-5-mini-2025-08-07, input')])
  expect((await run(OPENAI, '--json')).report?.rows[0]?.why).toEqual([
    'the same tokens at another price: discounts, credits, a service tier, or tools that are charged per use',
  ])
  view.books.ledger.record({
    type: 'gap.recorded',
    fromMs: yesterday,
    untilMs: yesterday + 1,
    reason: 'gateway was down',
  })
  publishOpenAi(usageAt([usageOf(3, 9_000, 30)]), [])
  expect((await run(OPENAI, '--json')).report?.rows[0]?.why).toEqual([
    '1 call bypassed the gateway during a gap that day',
  ])
})

test('the reports of Anthropic: buckets apart, costs in cents', async () => {
  const span = `starting_at=${encodeURIComponent(new Date(yesterday).toISOString())}&ending_at=${encodeURIComponent(new Date(today + DAY_MS).toISOString())}&bucket_width=1d&group_by%5B%5D=`
  const bucket = (results: unknown[]) => ({
    body: {
      data: [{ starting_at: `${day}T00:00:00Z`, ending_at: `${day}T24:00:00Z`, results }],
      has_more: false,
      next_page: null,
    },
  })
  far.answers[`GET /v1/organizations/usage_report/messages?${span}model&limit=31`] = bucket([
    {
      uncached_input_tokens: 100,
      cache_creation: { ephemeral_5m_input_tokens: 30, ephemeral_1h_input_tokens: 20 },
      cache_read_input_tokens: 50,
      output_tokens: 10,
      model: 'claude-sonnet-4-5-20250929',
    },
  ])
  far.answers[`GET /v1/organizations/cost_report?${span}description&limit=31`] = bucket([
    { currency: 'USD', amount: '12.5', model: 'claude-sonnet-4-5-20250929', cost_type: 'tokens' },
  ])
  const { report } = await run({ ANTHROPIC_ADMIN_KEY: 'sk-ant-admin' }, '--json')
  expect(report?.rows).toMatchObject([
    {
      provider: 'anthropic',
      day,
      model: 'claude-sonnet-4-5',
      agrees: false,
      reported: { calls: null, inputTokens: 200, cacheReadTokens: 50, outputTokens: 10, costUsd: '0.125000000' },
    },
  ])
  expect(far.asked[0]?.headers).toMatchObject({ 'x-api-key': 'sk-ant-admin', 'anthropic-version': '2023-06-01' })
})

test('a key that may not read reports is told, and never printed', async () => {
  for (const path of ['usage/completions', 'usage/embeddings'])
    far.answers[`GET /v1/organization/${path}?${time}model&limit=2`] = { status: 403, body: {} }
  const { code, stdout, stderr } = await run(OPENAI)
  expect(code).toBe(1)
  expect(stdout).toContain('OPENAI_ADMIN_KEY is not allowed to read /v1/organization/usage/completions (HTTP 403)')
  expect(stdout + stderr).not.toContain('sk-admin-secret')
})

test('without any key it says which are wanted', async () => {
  const { code, stderr } = await run({})
  expect(code).toBe(2)
  expect(stderr).toContain('OPENAI_ADMIN_KEY or ANTHROPIC_ADMIN_KEY')
})
