import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { Status } from '../../shared/contract/contract.ts'
import type { ControlClient } from '../../main/control/client.ts'
import { type ControlHarness, errorOf, POLICY, startControl } from '../support/gateway/control-harness.ts'
import { DAILY, type TestView, type TestViewOptions } from '../support/gateway/control-view.ts'

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

describe('the rules', () => {
  it('are explained in sentences, with whose they are', async () => {
    await restart({ policy: POLICY, settings: { rules: [{ ...DAILY, id: 'mine', limitUsd: '3.00' }] } })
    expect(await query('policy')).toMatchObject({
      status: { version: 1 },
      rules: [
        {
          id: 'daily',
          sentence:
            'All calls together may spend $10.00 per day: beyond that they are refused; warnings at 50 % and 80 %',
          source: 'policy',
        },
        { id: 'tests', source: 'policy' },
        { id: 'mine', source: 'own' },
      ],
    })
  })

  it.each([
    ['8.00', {}, { ok: true, leftUsd: '9.000000000', rule: 'daily' }],
    ['9.50', {}, { ok: false, leftUsd: '9.000000000', rule: 'daily' }],
    ['2.50', { environment: 'ci' }, { ok: false, leftUsd: '2.000000000', rule: 'tests' }],
  ])('guard %s for %j', async (minLeftUsd, scope, expected) => {
    view.spend('1.00')
    expect(await query('guard', { minLeftUsd, scope })).toMatchObject({ schema: 1, ...expected })
  })
})

describe('raise', () => {
  const raise = (input: Record<string, unknown>) => client.mutation('raise', { reason: 'demo', ...input })

  it('is granted within what the policy allows, so often, and ends with the window', async () => {
    await restart({ policy: { ...POLICY, raise: { upToUsd: '5.00', perDay: 2 } } })
    view.spend('10.00')
    expect(await errorOf(raise({ amountUsd: '5.01' }))).toMatchObject({
      status: 403,
      code: 'not-allowed',
      message: expect.stringContaining('$5.00'),
    })
    expect(await raise({ amountUsd: '5.00' })).toMatchObject({
      rule: 'daily',
      until: '2026-11-24T00:00:00.000Z',
      leftUsd: '5.000000000',
    })
    expect((await query<Status>('status')).spend).toMatchObject({ raisedUsd: '5.000000000', leftUsd: '5.000000000' })
    expect(await raise({ amountUsd: '1.00', rule: 'tests', for: '2h' })).toMatchObject({
      rule: 'tests',
      until: '2026-11-23T14:07:00.000Z',
    })
    expect(await errorOf(raise({ amountUsd: '1.00' }))).toMatchObject({
      code: 'not-allowed',
      message: expect.stringContaining('2 raises a day'),
    })
    view.nowMs += 86_400_000
    expect((await query<Status>('status')).spend).toMatchObject({ raisedUsd: '0.000000000', leftUsd: '10.000000000' })
  })

  it('is not granted where the policy says nothing of it, nor for a rule that does not exist', async () => {
    expect(await errorOf(raise({ amountUsd: '1.00' }))).toMatchObject({ status: 403, code: 'not-allowed' })
    expect(await errorOf(raise({ amountUsd: '1.00', rule: 'dayly' }))).toMatchObject({
      status: 404,
      message: expect.stringContaining('daily, tests'),
    })
    expect(await errorOf(raise({ amountUsd: 'some' }))).toMatchObject({ status: 400, code: 'usage' })
  })
})
