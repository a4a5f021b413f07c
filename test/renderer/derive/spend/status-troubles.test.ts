import { describe, expect, test } from 'vitest'
import type { Status } from '../../../../shared/contract/contract.ts'
import { troublesOf } from '../../../../renderer/derive/spend/status-troubles.ts'
import { aStatus } from '../../fixtures/world.ts'

const nowMs = Date.parse('2026-11-23T13:00:00Z')
const at = '2026-11-23T12:50:00.000Z'
const keys = (change: Partial<Status>) => troublesOf(aStatus(change), nowMs).map((trouble) => trouble.key)
const { spend, policy } = aStatus()

describe('what is said to be wrong', () => {
  test('nothing, when all is well', () => {
    expect(keys({})).toEqual([])
  })

  test('the kill switch, and how to turn it off', () => {
    expect(troublesOf(aStatus({ state: 'killed' }), nowMs)[0]).toMatchObject({
      key: 'killed',
      level: 'stop',
      action: 'kill-switch-off',
    })
  })

  test('a shared budget that is not counted together, and a hook that does not get through', () => {
    const [budget] = aStatus().budgets
    const sentence = 'shared with 2 other machines, $0.40 of it spent there; its server does not answer'
    const shared = { machines: 2, spentElsewhere: '0.4', trouble: 'its server does not answer', sentence }
    const hook = {
      name: 'ops.acme.dev',
      on: ['loop'],
      error: 'it answered 500',
      failingSince: at,
      waiting: 0,
      dropped: 2,
    }
    const troubles = troublesOf(aStatus({ budgets: [{ ...budget!, shared }], hooks: [hook] }), nowMs)
    expect(troubles.map(({ key }) => key)).toEqual(['not-shared', 'hook-ops.acme.dev'])
    expect(troubles[0]?.body).toContain('$0.40 of it spent there')
    expect(troubles[1]?.body).toMatch(/^Since .*: it answered 500\. 2 events were not delivered\.$/)
    expect(keys({ budgets: [{ ...budget!, shared: { ...shared, trouble: null } }], hooks: [] })).toEqual([])
  })

  test('a pause, and how to resume', () => {
    expect(troublesOf(aStatus({ state: 'paused' }), nowMs)[0]).toMatchObject({ key: 'paused', action: 'resume' })
  })

  const reached = {
    at,
    refused: 3,
    top: { project: 'web', agent: 'codex', costUsd: '6.20' },
  }

  test('a cap that is reached: which, by whose work, until when, and the way to more', () => {
    const [trouble] = troublesOf(aStatus({ spend: { ...spend, leftUsd: '0.000200000', reached } }), nowMs)
    expect(trouble).toMatchObject({ key: 'cap', level: 'stop', action: 'raise' })
    expect(trouble?.title).toContain('daily')
    expect(trouble?.body).toContain('most of it by codex in web ($6.20)')
    expect(trouble?.body).toContain('resets at 00:00 Europe/Paris')
    expect(trouble?.body).toContain('3 calls were refused so far')
  })

  test.each([
    [{ project: null, agent: 'codex' }, 'is spent, most of it by codex ($6.20). Calls'],
    [{ project: 'web', agent: null }, 'is spent, most of it in web ($6.20). Calls'],
    [{ project: null, agent: null }, 'is spent. Calls'],
  ])('whose work is named as far as it is known: %j', (who, words) => {
    const top = { ...who, costUsd: '6.20' }
    const [trouble] = troublesOf(aStatus({ spend: { ...spend, leftUsd: '0', reached: { ...reached, top } } }), nowMs)
    expect(trouble?.body).toContain(words)
  })

  test('a cap whose rest is held by running calls is no end yet', () => {
    const [trouble] = troublesOf(aStatus({ spend: { ...spend, leftUsd: '0.000000000', heldUsd: '0.4' } }), nowMs)
    expect(trouble).toMatchObject({ key: 'cap-held', level: 'warn' })
    expect(trouble?.body).toContain('$0.40 of it is held')
  })

  test('hosts of the policy that wait for consent, and where it is given', () => {
    const pendingHosts = [{ host: 'llm.acme.dev', provider: 'openai' }]
    const [trouble] = troublesOf(aStatus({ policy: { ...policy, pendingHosts } }), nowMs)
    expect(trouble).toMatchObject({ key: 'pending-hosts', level: 'info', action: 'see-policy' })
    expect(trouble?.body).toBe('llm.acme.dev: not metered until you agree.')
  })

  test('a rejected policy: why, and what stays in force', () => {
    const lastError = { code: 'policy-invalid', message: 'rules[0].limitUSD: unknown key', at }
    const [trouble] = troublesOf(aStatus({ policy: { ...policy, lastError } }), nowMs)
    expect(trouble).toMatchObject({ key: 'policy-rejected', level: 'warn' })
    expect(trouble?.body).toBe('rules[0].limitUSD: unknown key. Version 14 stays in force.')
  })

  test('a policy that cannot be fetched is no alarm while the last one holds', () => {
    const lastError = { code: 'policy-unavailable', message: 'ECONNREFUSED', at }
    expect(troublesOf(aStatus({ policy: { ...policy, state: 'last-known-good', lastError } }), nowMs)[0]).toMatchObject(
      { key: 'policy-offline', level: 'info' },
    )
  })

  test('an expired policy', () => {
    expect(keys({ policy: { ...policy, state: 'expired' } })).toEqual(['policy-expired'])
  })

  test('a gap of today, but not one of last week', () => {
    const gap = (from: string, until: string) => ({ from, until, reason: 'gateway was down' })
    expect(keys({ gaps: [gap('2026-11-16T10:00:00Z', '2026-11-16T10:05:00Z')] })).toEqual([])
    expect(keys({ gaps: [gap('2026-11-23T10:00:00Z', '2026-11-23T10:05:00Z')] })).toHaveLength(1)
  })

  test('the worst comes first', () => {
    const unapproved = [{ host: 'api.example-model.ai', calls: 3, lastProcess: null, lastAt: at }]
    expect(keys({ state: 'paused', unapproved, spend: { ...spend, leftUsd: '0', reached } })).toEqual([
      'cap',
      'paused',
      'unapproved',
    ])
  })
})
