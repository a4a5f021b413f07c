import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { NO_USAGE } from '../../shared/calls/usage.ts'
import { runCli } from '../support/gateway/cli.ts'
import { createTestView, type TestView } from '../support/gateway/control-view.ts'

let home: string
let view: TestView

beforeEach(async () => {
  home = mkdtempSync(path.join(tmpdir(), 'allowance-test-'))
  view = await createTestView({ home, at: new Date().toISOString() })
})
afterEach(() => {
  view.close()
  rmSync(home, { recursive: true, force: true })
})

test('a line of calls says how a call ended and what was paid again, and nothing where there is nothing to say', async () => {
  const before = view.spend('0.10')
  view.books.settle(
    view.admit(),
    {
      usage: { ...NO_USAGE, uncachedInput: 50_000, output: 10 },
      costNanos: 150_000_000,
      priced: 'exact',
      priceVersion: 'test',
      responseModel: null,
      responseId: null,
      httpStatus: 200,
      ending: 'client-left',
      firstByteMs: 5,
      cacheMiss: { tokens: 44_000, costUsd: '0.118800000', cause: 'evicted', message: null, callId: before },
    },
    50_010,
  )
  const [plain, missed] = (await runCli(home, ['calls'])).stdout.trimEnd().split('\n')
  expect(plain).toMatch(/gpt-5-mini-2025-08-07$/)
  expect(missed).toMatch(/client-left; 44k cached tokens paid again$/)
})
