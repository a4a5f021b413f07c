import type { ClientRow } from '../../../shared/contract/explore.ts'
import type { Status } from '../../../shared/contract/contract.ts'

const VIAS = {
  'base-url': 'base URL',
  connect: 'intercepted',
  absolute: 'plain HTTP proxy',
  websocket: 'WebSocket',
} as const

/** How a tool came in, in a few words. */
export function viaWords({ vias }: Pick<ClientRow, 'vias'>): string {
  return vias.length === 0 ? 'not recorded' : vias.map((via) => VIAS[via]).join(', ')
}

/** Something that is not covered, and the exact line that changes it. */
export interface Uncovered {
  name: string
  why: string
  /** For a terminal; null where a line cannot change it. */
  line: string | null
  fix: string
}

type Unapproved = Status['unapproved'][number]

/** Why a model host's traffic is not metered, and what to do about it. */
export function uncoveredHost({ host, why = 'not-approved' }: Unapproved): Uncovered {
  switch (why) {
    case 'not-approved':
      return {
        name: host,
        why: 'The policy does not approve this provider.',
        line: null,
        fix: 'Ask for it to be approved, or use one of the approved providers.',
      }
    case 'not-spoken':
      return {
        name: host,
        why: 'Its API cannot be metered, so its traffic passed unread.',
        line: `{ "hosts": [{ "host": "${host}", "provider": "openai" }] }`,
        fix: 'If it speaks the API of a known provider, name it in the policy.',
      }
    case 'looks-like-model':
      return {
        name: host,
        why: 'It looks like a model provider, but is not a known one.',
        line: `{ "hosts": [{ "host": "${host}", "provider": "openai" }] }`,
        fix: 'If it is one, name it in the policy with the API that it speaks.',
      }
  }
}

/** `python agent.py (12), node (3)`: who used a host, and how often. */
export function usersOf({ processes, lastProcess, calls }: Unapproved): string {
  if (!processes || processes.length === 0) return `${lastProcess ?? 'an unknown program'} (${calls})`
  return [...processes]
    .sort((a, b) => b.calls - a.calls)
    .map((use) => `${use.process ?? 'an unknown program'} (${use.calls})`)
    .join(', ')
}
