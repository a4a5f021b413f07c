import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { buildStatus } from '../../../main/control/views/status.ts'
import { recentNotices } from '../../../main/control/views/notices.ts'
import { PlanWindows } from '../../../main/ledger/books/plan-usage.ts'
import { createTestView, type TestView } from '../../support/gateway/control-view.ts'

const HOUR = 3_600_000

describe('the windows of a signed-in plan', () => {
  let view: TestView
  beforeEach(async () => {
    view = await createTestView({ at: '2026-11-27T12:00:00Z' })
  })
  afterEach(() => view.close())

  const headers = (used: number, resetMs: number) => ({
    'anthropic-ratelimit-unified-5h-utilization': String(used),
    'anthropic-ratelimit-unified-5h-reset': String(Math.round(resetMs / 1_000)),
  })

  it('are shown as last told, warned of once, and known after a restart', () => {
    const resetMs = view.nowMs + 4 * HOUR
    const { plans, ledger } = view.books
    // The token changes by the hour; the reset says that it is the same plan.
    plans.observe('anthropic', 'token-1', headers(0.4, resetMs))
    plans.observe('anthropic', 'token-1', headers(0.604, resetMs))
    plans.observe('anthropic', 'token-2', headers(0.606, resetMs + 1_000))
    ledger.flush()
    expect(buildStatus(view).plans).toMatchObject([{ provider: 'anthropic', windowMinutes: 300, usedPercent: 60 }])
    const warnings = () => recentNotices(ledger.store.database, view.nowMs).filter(({ key }) => key.startsWith('plan:'))
    expect(warnings()).toMatchObject([{ title: '60 % of the 5 h window of your anthropic plan used' }])
    const again = new PlanWindows(ledger, view.clock)
    expect(again.current(view.nowMs)).toMatchObject([{ used: 0.604 }])
    again.observe('anthropic', null, headers(0.7, resetMs))
    ledger.flush()
    expect(warnings()).toHaveLength(1)
    view.nowMs = resetMs + 2_000
    expect(buildStatus(view).plans).toBeUndefined()
  })
})
