import type { AuditEntry } from '../../../../shared/contract/audit.ts'
import type { LedgerEntry, LedgerEvent } from '../../../../shared/calls/events.ts'
import { formatUsd } from '../../../../shared/values/money.ts'

/** What people and policies changed, beside the calls: for those who have to account for it. */
export const AUDIT_TYPES = [
  'policy.changed',
  'policy.rejected',
  'rules.changed',
  'hosts.trusted',
  'budget.raised',
  'call.answered',
  'traffic.paused',
  'traffic.resumed',
  'gap.recorded',
  'gateway.started',
  'gateway.stopped',
] as const satisfies readonly LedgerEvent['type'][]

/** One entry of the trail, in a sentence and in parts; null for events that are no part of it. */
export function auditEntryOf({ seq, atMs, event }: LedgerEntry, developer: string): AuditEntry | null {
  const told = tell(event)
  if (told === null) return null
  return { schema: 1, seq, at: new Date(atMs).toISOString(), event: event.type, developer, ...told }
}

type Told = Pick<AuditEntry, 'sentence' | 'details'>

function tell(event: LedgerEvent): Told | null {
  switch (event.type) {
    case 'policy.changed': {
      const { source, version, rules } = event
      return { sentence: `Policy version ${version} came into force.`, details: { source, version, rules } }
    }
    case 'policy.rejected': {
      const { source, code, message } = event
      return { sentence: `A policy was not accepted: ${message}.`, details: { source, code } }
    }
    case 'rules.changed': {
      const { version, change, rule, sentence } = event
      const words = { set: 'set', removed: 'removed', undone: 'restored as it was' }
      return {
        sentence: `A personal cap was ${words[change]}${rule === null ? '' : `: ${rule}`}. ${sentence}`.trim(),
        details: { version, change, rule },
      }
    }
    case 'hosts.trusted':
      return {
        sentence: `The developer agreed to have ${event.hosts.join(', ')} decrypted.`,
        details: { hosts: event.hosts.join(' ') },
      }
    case 'budget.raised': {
      const { rule, amountNanos, reason, untilMs, own = false } = event
      const until = new Date(untilMs).toISOString()
      const sentence = `${own ? 'The personal cap' : 'The budget'} ${rule} was raised by ${formatUsd(amountNanos)} until ${until}: ${reason}`
      return { sentence, details: { rule, amountNanos, reason, until, own } }
    }
    case 'call.answered': {
      const { callId, answer } = event
      const words = {
        once: 'was let through once',
        '30m': 'and those like it were let through for 30 minutes',
        stop: 'was stopped',
        none: 'was stopped, because nobody answered',
      }
      return { sentence: `The call ${callId} ${words[answer]}.`, details: { callId, answer } }
    }
    case 'traffic.paused': {
      const { session, conversation = null, killed } = event
      const what = conversation ?? session
      return {
        sentence: killed ? 'The kill switch was switched on.' : `${what ?? 'All traffic'} was paused.`,
        details: { session, conversation, killed },
      }
    }
    case 'traffic.resumed':
      return { sentence: `${event.session ?? 'All traffic'} was resumed.`, details: { session: event.session } }
    case 'gap.recorded': {
      const [from, until] = [event.fromMs, event.untilMs].map((atMs) => new Date(atMs).toISOString()) as [
        string,
        string,
      ]
      return { sentence: `Nothing was metered from ${from} to ${until}: ${event.reason}`, details: { from, until } }
    }
    case 'gateway.started':
      return { sentence: `The gateway ${event.version} started.`, details: { version: event.version } }
    case 'gateway.stopped':
      return { sentence: `The gateway stopped: ${event.reason}`, details: { reason: event.reason } }
    default:
      return null
  }
}
