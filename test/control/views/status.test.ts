import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { statusSchema, type Status } from '../../../shared/contract/contract.ts'
import type { ControlClient } from '../../../main/control/client.ts'
import { type ControlHarness, errorOf, startControl } from '../../support/gateway/control-harness.ts'
import { DAILY, type TestView, type TestViewOptions } from '../../support/gateway/control-view.ts'

let control: ControlHarness
let view: TestView
let client: ControlClient

async function start(options?: TestViewOptions): Promise<void> {
  control = await startControl(options)
  ;({ view, client } = control)
}
beforeEach(() => start())
afterEach(() => control.stop())

async function restart(options: TestViewOptions): Promise<void> {
  await control.stop()
  await start(options)
}

const query = <T>(name: string, input?: unknown) => control.query<T>(name, input)

describe('status', () => {
  it('shows what is spent, held and left of the daily cap', async () => {
    view.spend('1.230')
    view.admit({}, '0.041')
    const status = statusSchema.parse(await query('status'))
    expect(status).toMatchObject({
      state: 'ok',
      sentence: '$1.23 of $10.00 today, resets 00:00 UTC',
      developer: { id: 'ada@acme.dev', source: 'enrolment' },
      spend: {
        rule: 'daily',
        spentUsd: '1.230000000',
        heldUsd: '0.041000000',
        limitUsd: '10.000000000',
        leftUsd: '8.729000000',
        resetsAt: '2026-11-24T00:00:00.000Z',
      },
      policy: { version: 1, state: 'in-force' },
    })
    expect(status.budgets.map((budget) => [budget.rule, budget.spent, budget.left])).toEqual([
      ['daily', '1.230000000', '8.729000000'],
      ['tests', '0.000000000', '2.000000000'],
    ])
  })

  it('turns to the cap that is nearest to its end, whichever that is', async () => {
    view.spend('1.90', { environment: 'ci' })
    expect((await query<Status>('status')).spend).toMatchObject({ rule: 'tests', leftUsd: '0.100000000' })
  })

  it('leaves the caps of single sessions to the list, and calls without one together', async () => {
    await restart({
      policy: { rules: [DAILY, { id: 'each', guard: 'spend-cap', limitUsd: '1.00', per: 'day', each: 'session' }] },
    })
    view.spend('0.90', { session: 's1' })
    view.spend('0.10')
    view.admit({}, '0.05')
    const status = await query<Status>('status')
    expect(status.spend.rule).toBe('daily')
    expect(status.budgets.map((budget) => [budget.rule, budget.key, budget.spent, budget.held])).toEqual([
      ['daily', null, '1.000000000', '0.050000000'],
      ['each', 's1', '0.900000000', '0.000000000'],
      ['each', '', '0.100000000', '0.050000000'],
    ])
  })

  it('never shows less than nothing', async () => {
    view.spend('12.00')
    expect((await query<Status>('status')).spend).toMatchObject({
      leftUsd: '0.000000000',
      capReachedAt: null,
    })
  })

  it('says at which pace money goes and when it is gone', async () => {
    view.spend('1.00')
    view.nowMs += 10 * 60_000
    view.spend('1.00')
    view.spend('5.00', { billing: 'subscription' })
    const { spend } = await query<Status>('status')
    expect(spend).toMatchObject({ burnUsdPerHour: '12.000000000', capReachedAt: '2026-11-23T12:57:00.000Z' })
    view.nowMs += 20 * 60_000
    expect((await query<Status>('status')).spend).toMatchObject({ burnUsdPerHour: '0.000000000', capReachedAt: null })
  })

  it('without a cap shows what today cost', async () => {
    await restart({ at: '2026-11-23T23:50:00Z' })
    view.spend('1.00')
    view.nowMs += 20 * 60_000
    view.spend('0.25')
    view.admit({}, '0.50')
    const status = statusSchema.parse(await query('status'))
    expect(status).toMatchObject({
      sentence: '$0.25 today, no cap',
      spend: {
        rule: null,
        spentUsd: '0.250000000',
        heldUsd: '0.500000000',
        limitUsd: null,
        leftUsd: null,
        resetsAt: '2026-11-25T00:00:00.000Z',
      },
      policy: { source: null, state: 'none' },
    })
  })
})

describe('what this gateway cannot do', () => {
  it('is said to be so', async () => {
    expect(await errorOf(client.mutation('pause', {}))).toMatchObject({ status: 403, code: 'not-allowed' })
    expect(await errorOf(client.mutation('answer', { callId: 'x', answer: 'once' }))).toMatchObject({
      status: 404,
      code: 'not-found',
    })
  })
})
