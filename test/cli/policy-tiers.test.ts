import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { connectControl } from '../../main/control/client.ts'
import { startControlServer } from '../../main/control/http-server.ts'
import { runCli } from '../support/gateway/cli.ts'
import { createTestView, DAILY, type TestView } from '../support/gateway/control-view.ts'

const SENTENCE = 'Calls: gpt-5-mini instead of gpt-5 is suggested, once less than 30 % of a budget is left'
let home: string
let view: TestView

beforeEach(async () => {
  home = mkdtempSync(path.join(tmpdir(), 'allowance-test-'))
  const tiers = [{ when: { leftBelow: 0.3 }, suggest: { 'gpt-5': 'gpt-5-mini' } }]
  view = await createTestView({ home, policy: { rules: [DAILY], tiers }, at: new Date().toISOString() })
})
afterEach(() => {
  view.close()
  rmSync(home, { recursive: true, force: true })
})

test('a screen is told which cheaper models the policy suggests', async () => {
  const server = await startControlServer({ view, token: 't', port: 0, pageFolder: null })
  try {
    expect(await connectControl({ control: server.url, token: 't' }).query('policy')).toMatchObject({
      tiers: [SENTENCE],
    })
  } finally {
    await server.stop()
  }
})

test('policy show says it too', async () => {
  expect(JSON.parse((await runCli(home, ['policy', 'show', '--json'])).stdout)).toMatchObject({ tiers: [SENTENCE] })
  expect((await runCli(home, ['policy', 'show'])).stdout).toContain(`  ${SENTENCE}\n`)
})
