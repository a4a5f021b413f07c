import { expect, test } from 'vitest'
import type { AuditEntry } from '../../../shared/contract/audit.ts'
import { runCli } from '../../support/gateway/cli.ts'
import { createTestView, DAILY } from '../../support/gateway/control-view.ts'

test('allowance audit tells who raised, paused and answered what, with no gateway running', async () => {
  const view = await createTestView({ policy: { rules: [DAILY] }, at: new Date().toISOString() })
  const { ledger, traffic } = view.books
  ledger.record({ type: 'budget.raised', rule: 'daily', amountNanos: 2e9, reason: 'release', untilMs: view.nowMs })
  traffic.pause('s1')
  view.spend('0.10')
  try {
    const { stdout, code } = await runCli(view.home, ['audit', '--json'])
    expect(code).toBe(0)
    const entries = stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as AuditEntry)
    expect(entries.map(({ event }) => event)).toEqual(['budget.raised', 'traffic.paused'])
    expect(entries[0]).toMatchObject({ developer: 'ada@acme.dev', details: { reason: 'release', rule: 'daily' } })
    expect((await runCli(view.home, ['audit'])).stdout).toMatch(
      /budget daily was raised by \$2\.00 .*release\n.*s1 was paused/,
    )
  } finally {
    view.close()
  }
})
