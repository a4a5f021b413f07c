import { describe, expect, test } from 'vitest'
import { FOCUS_COLUMNS, focusRows } from '../../main/export/focus.ts'
import type { SpendPart } from '../../main/core/ledger/reports/spend-report.ts'
import { NO_USAGE } from '../../shared/calls/usage.ts'

function part(
  values: Record<string, string>,
  costNanos: number,
  billing: SpendPart['dimensions']['billing'] = 'metered',
): SpendPart {
  return {
    atMs: 0,
    dimensions: { billing, values },
    calls: 2,
    refused: 0,
    costNanos,
    ceilingNanos: 0,
    usage: { ...NO_USAGE, uncachedInput: 10, output: 5 },
  }
}

describe('FOCUS rows', () => {
  const question = { by: 'project', sinceMs: Date.UTC(2026, 10, 23), untilMs: Date.UTC(2026, 10, 24) }
  const web = { provider: 'openai', model: 'gpt-5', project: 'web', developer: 'ada@acme.dev' }

  test('one row for each provider, model and value, the dearest first', () => {
    const rows = focusRows(question, [
      part(web, 1_000_000_000),
      part({ ...web, branch: 'x' }, 500_000_000),
      part({ ...web, project: 'api' }, 9_000_000_000),
    ])
    expect(rows.map((row) => [row.ResourceId, row.BilledCost, row.ConsumedQuantity])).toEqual([
      ['api', '9.000000000', 15],
      ['web', '1.500000000', 30],
    ])
    expect(rows[0]).toMatchObject({
      BillingCurrency: 'USD',
      ChargeCategory: 'Usage',
      BillingPeriodStart: '2026-11-01T00:00:00.000Z',
      BillingPeriodEnd: '2026-12-01T00:00:00.000Z',
      SkuId: 'gpt-5',
    })
  })

  test('a signed-in plan is listed and not billed', () => {
    expect(focusRows(question, [part(web, 700, 'subscription')])[0]).toMatchObject({
      BilledCost: '0.000000000',
      ListCost: '0.000000700',
    })
  })

  test('a call that was refused is no charge, and every column is one of the format', () => {
    expect(focusRows(question, [{ ...part(web, 0), calls: 0, refused: 1 }])).toEqual([])
    for (const name of Object.keys(focusRows(question, [part(web, 1)])[0] ?? {})) expect(FOCUS_COLUMNS).toContain(name)
  })
})
