import type { Status } from '../../shared/contract/contract.ts'

/** A status in which $2.50 of a $10.00 cap are spent; `changes` are laid over it. */
export function statusOf(changes: Partial<Status> = {}): Status {
  return {
    schema: 1,
    at: '2026-11-23T12:00:00Z',
    state: 'ok',
    sentence: '$2.50 of $10.00 today, resets 00:00 Europe/Paris',
    timezone: 'Europe/Paris',
    developer: { id: 'ada@acme.dev', source: 'git' },
    spend: {
      rule: 'daily',
      spentUsd: '2.500000000',
      heldUsd: '0',
      limitUsd: '10.00',
      raisedUsd: '0',
      leftUsd: '7.5',
      resetsAt: '2026-11-23T23:00:00Z',
      burnUsdPerHour: '0.80',
      capReachedAt: null,
    },
    budgets: [],
    conversations: [],
    asks: [],
    policy: {
      source: null,
      version: null,
      state: 'none',
      fetchedAt: null,
      expiresAt: null,
      lastError: null,
    },
    gateway: {
      proxy: 'http://127.0.0.1:1',
      control: 'http://127.0.0.1:2',
      pid: 1,
      uptimeSeconds: 1,
      version: '0.1.0',
      command: 'allowance',
    },
    unapproved: [],
    gaps: [],
    ...changes,
  }
}
