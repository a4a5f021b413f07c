import { describe, expect, it } from 'vitest'
import type { GatewayState } from '../../../main/desktop/gateway/gateway-state.ts'
import { describeShell } from '../../../main/desktop/tray/shell-view.ts'
import { statusOf } from '../status.ts'

const running: GatewayState = {
  kind: 'running',
  own: true,
  address: { proxy: 'http://127.0.0.1:1', control: 'http://127.0.0.1:2', token: 't', pid: 1 },
}
const { spend } = statusOf()

describe('what the tray says', () => {
  it('is the sentence of the status, with the part of the cap that is used', () => {
    expect(describeShell(running, statusOf())).toEqual({
      tone: 'calm',
      ratio: 0.25,
      title: '$2.50',
      sentence: '$2.50 of $10.00 today, resets 00:00 Europe/Paris',
      hint: null,
    })
  })

  it.each([
    ['counts what is held', { heldUsd: '2.50', leftUsd: '5.00' }, 'calm', 0.5],
    ['counts what was raised', { raisedUsd: '15.00' }, 'calm', 0.1],
    ['warns from four fifths on', { spentUsd: '8.00', leftUsd: '2.00' }, 'warn', 0.8],
    ['stops when nothing is left', { spentUsd: '10.02', leftUsd: '0' }, 'stop', 1],
    ['has no gauge without a cap', { limitUsd: null, leftUsd: null }, 'calm', null],
    ['is full under a cap of nothing', { limitUsd: '0', spentUsd: '0', leftUsd: '0' }, 'stop', 1],
  ] as const)('%s', (_name, changes, tone, ratio) => {
    const view = describeShell(running, statusOf({ spend: { ...spend, ...changes } }))
    expect(view).toMatchObject({ tone, ratio })
  })

  it("warns at the budget's own marks", () => {
    const budget = {
      rule: 'daily',
      guard: 'spend-cap',
      unit: 'usd' as const,
      key: null,
      scope: {},
      limit: '10.00',
      raised: '0',
      spent: '2.50',
      held: '0',
      left: '7.5',
      windowStart: '',
      resetsAt: null,
      warnAt: [0.2, 0.9],
    }
    expect(describeShell(running, statusOf({ budgets: [budget] })).tone).toBe('warn')
  })

  it.each([
    ['paused', 'stop'],
    ['killed', 'stop'],
    ['degraded', 'warn'],
  ] as const)('%s is seen from afar', (state, tone) => {
    expect(describeShell(running, statusOf({ state })).tone).toBe(tone)
  })

  it('hands on why the policy was rejected', () => {
    const policy = { ...statusOf().policy, lastError: { code: 'x', message: 'rules[0]: unknown key', at: '' } }
    expect(describeShell(running, statusOf({ policy })).hint).toBe('rules[0]: unknown key')
  })

  it('says what is wrong and what to do when there is no gateway', () => {
    const problem = { code: 'port-busy', message: 'Port 4141 is taken.', fix: 'allowance serve --port 0' }
    expect(describeShell({ kind: 'down', problem, retryAtMs: 0 }, null)).toEqual({
      tone: 'off',
      ratio: null,
      title: '',
      sentence: 'Port 4141 is taken.',
      hint: 'allowance serve --port 0',
    })
  })

  it('goes on saying what was wrong until it is mended', () => {
    const after = { code: 'port-busy', message: 'Port 4141 is taken.', fix: null }
    expect(describeShell({ kind: 'starting', after }, null).sentence).toBe('Port 4141 is taken.')
  })

  it('never shows an old number as if it were now', () => {
    expect(describeShell({ kind: 'starting', after: null }, statusOf())).toMatchObject({ tone: 'off', title: '' })
  })
})
