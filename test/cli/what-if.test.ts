import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { modelSuggestionSchema, spendReportSchema } from '../../shared/contract/contract.ts'
import { connectControl } from '../../main/control/client.ts'
import { startControlServer } from '../../main/control/http-server.ts'
import { runCli } from '../support/gateway/cli.ts'
import { createTestView, DAILY, type TestView } from '../support/gateway/control-view.ts'

let home: string
let view: TestView

beforeEach(async () => {
  home = mkdtempSync(path.join(tmpdir(), 'allowance-test-'))
  view = await createTestView({ home, policy: { rules: [DAILY] }, at: new Date().toISOString() })
  const callId = view.admit({ model: 'gpt-4o' })
  view.settle(callId, '3.50', { uncachedInput: 1_000_000, output: 100_000 })
})
afterEach(() => {
  view.close()
  rmSync(home, { recursive: true, force: true })
})

test('spend --what-if shows the same tokens on another model, beside what was spent, and what would be cheaper', async () => {
  const { code, stdout } = await runCli(home, ['spend', '--by', 'model', '--what-if', 'gpt-4o-mini'])
  expect(code).toBe(0)
  expect(stdout).toMatch(/MODEL +COST +ON GPT-4O-MINI/)
  expect(stdout).toMatch(/gpt-4o +\$3\.50 +\$0\.21/)
  expect(stdout).toContain('1 prompt call on gpt-4o cost $3.50; the same tokens on gpt-4o-mini cost $0.21: $3.29 less')
  const json = JSON.parse(
    (await runCli(home, ['spend', '--by', 'model', '--what-if', 'gpt-4o-mini', '--json'])).stdout,
  ) as { suggestions: unknown[] }
  const report = spendReportSchema.parse(json)
  expect([report.total.whatIfUsd, report.rows[0]?.whatIfUsd]).toEqual(['0.210000000', '0.210000000'])
  expect(modelSuggestionSchema.array().parse(json.suggestions)).toHaveLength(1)
})

test.each([
  ['a model that nobody sells', ['--by', 'model', '--what-if', 'acme-70b'], 'no price is known for "acme-70b"'],
  ['by hour', ['--by', 'hour', '--what-if', 'gpt-4o-mini'], 'hours cannot be priced'],
])('spend --what-if refuses %s with a sentence', async (_name, args, sentence) => {
  const { code, stderr } = await runCli(home, ['spend', ...args])
  expect(code).toBe(2)
  expect(stderr).toContain(sentence)
})

test('the control API tells a screen both', async () => {
  const server = await startControlServer({ view, token: 't', port: 0, pageFolder: null })
  const client = connectControl({ control: server.url, token: 't' })
  try {
    expect(await client.query('spend', { by: 'model', whatIf: 'gpt-4o-mini' })).toMatchObject({
      total: { whatIfUsd: '0.210000000' },
    })
    expect(await client.query('suggestions')).toMatchObject([
      { model: 'gpt-4o', suggested: 'gpt-4o-mini', savedUsd: '3.290000000' },
    ])
  } finally {
    await server.stop()
  }
})
