import { commandLine } from '../../../../shared/values/command-line.ts'
import type { Notice } from '../../../../shared/contract/contract.ts'
import { refusalSentence } from '../../../../shared/calls/call-notes.ts'
import { planWindowName } from '../../plans/plan-windows.ts'
import type { LedgerEntry, LedgerEvent } from '../../../../shared/calls/events.ts'
import { formatDuration } from '../../../../shared/values/format.ts'
import { formatUsd } from '../../../../shared/values/money.ts'
import type { Refusal, RefusalCode, Verdict } from '../../../../shared/calls/verdict.ts'

/** The gateway's own events that developers are notified of; of calls, those that are refused or asked about. */
export const NOTICE_TYPES = [
  'budget.warned',
  'budget.raised',
  'policy.changed',
  'policy.rejected',
  'hosts.pending',
  'gap.recorded',
  'traffic.paused',
  'traffic.resumed',
  'provider.unapproved',
  'plan.warned',
] as const satisfies readonly LedgerEvent['type'][]

/** The notice of an event; null for everyday events. Pure: the same event makes the same notice everywhere. */
export function noticeOf({ seq, atMs, event }: LedgerEntry): Notice | null {
  const at = new Date(atMs).toISOString()
  const notice = (level: Notice['level'], title: string, body: string, key: string): Notice => ({
    seq,
    at,
    level,
    title,
    body,
    callId: null,
    key,
  })
  switch (event.type) {
    case 'call.refused':
      return refusalNotice(seq, atMs, event.callId, event.refusal)
    case 'call.admitted': {
      const warned = loopWarning(event.verdicts)
      if (warned === undefined) return null
      const key = `loop:${event.call.conversation ?? event.callId}`
      return { ...notice('warn', 'An agent is repeating itself', `${warned.reason}.`, key), callId: event.callId }
    }
    case 'call.asked':
      return {
        ...notice('warn', 'A call waits for your answer', event.question, `asked:${event.callId}`),
        callId: event.callId,
      }
    case 'budget.warned': {
      const title = `${Math.round(event.threshold * 100)} % of ${event.rule} spent${event.key ? ` for ${event.key}` : ''}`
      const key = `warned:${event.rule}:${event.key ?? ''}:${event.windowStartMs}:${event.threshold}`
      return { ...notice('warn', title, event.sentence, key), about: 'cap' }
    }
    case 'budget.raised':
      return notice(
        'info',
        `${event.rule} raised by ${formatUsd(event.amountNanos)}`,
        `Reason: ${event.reason}`,
        `raised:${seq}`,
      )
    case 'policy.changed':
      return notice(
        'info',
        `Policy version ${event.version} in force`,
        `${count(event.rules, 'rule')} from ${event.source}`,
        // Not by its version: a file that follows its editor changes without one.
        `policy:${seq}`,
      )
    case 'policy.rejected':
      return notice(
        'warn',
        'A policy was rejected',
        `${event.message}. The one in force stays in force.`,
        `policy-rejected:${event.message}`,
      )
    case 'hosts.pending':
      return notice(
        'warn',
        event.hosts.length === 1
          ? `${event.hosts[0]} is new in the policy`
          : `${event.hosts.length} hosts are new in the policy`,
        `Calls to ${event.hosts.slice(0, 5).join(', ')}${event.hosts.length > 5 ? ' …' : ''} pass unmetered until you agree: ${commandLine()} policy trust-hosts`,
        `hosts:${event.hosts.join()}`,
      )
    case 'gap.recorded': {
      const lasted = formatDuration(event.untilMs - event.fromMs)
      return notice('warn', `${lasted} without metering`, event.reason, `gap:${event.fromMs}`)
    }
    case 'traffic.paused': {
      if (event.conversation !== undefined) {
        const body = `Resume it with: ${commandLine()} resume ${event.conversation}`
        return notice('warn', 'A conversation was stopped', body, `traffic:${seq}`)
      }
      const who = event.session === null ? 'All traffic' : `Session ${event.session}`
      return event.killed
        ? notice(
            'stop',
            'The kill switch is on',
            'Every call is refused and running streams were ended.',
            `traffic:${seq}`,
          )
        : notice('warn', `${who} is paused`, 'Calls are refused until it is resumed.', `traffic:${seq}`)
    }
    case 'traffic.resumed':
      return notice(
        'info',
        event.session === null ? 'Traffic resumed' : `Session ${event.session} resumed`,
        '',
        `traffic:${seq}`,
      )
    case 'plan.warned': {
      const { provider, minutes, used, resetsAtMs, usedUpAtMs } = event
      const title = `${Math.floor(used * 100)} % of the ${planWindowName(minutes)} window of your ${provider} plan used`
      const left = formatDuration(Math.max(60_000, resetsAtMs - atMs))
      const body =
        used >= 1
          ? `It resets in ${left}.`
          : `At this pace it is used up in ${formatDuration(Math.max(60_000, usedUpAtMs - atMs))}; it resets in ${left}.`
      return notice('warn', title, body, `plan:${provider}:${minutes}:${resetsAtMs}`)
    }
    case 'provider.unapproved': {
      const who = event.process === null ? '' : ` by ${event.process}`
      return notice(
        'warn',
        `${event.host} is not an approved provider`,
        `It was called${who}; the policy does not know it.`,
        `unapproved:${event.host}:${day(at)}`,
      )
    }
    default:
      return null
  }
}

/** What a loop guard says of a call that it lets pass without a question; a question and a refusal have notices of their own. */
export function loopWarning(verdicts: readonly Verdict[]): Verdict | undefined {
  return verdicts.find(({ guard, verdict }) => guard === 'loop' && (verdict === 'warn' || verdict === 'throttle'))
}

/** A refusal is notified once per rule and window, however many calls it stops. */
export function refusalNotice(seq: number, atMs: number, callId: string, refusal: Refusal): Notice | null {
  const title = TITLES[refusal.code]
  if (title === null) return null
  const at = new Date(atMs).toISOString()
  const body = refusalSentence(refusal.message)
  const key = `refused:${refusal.rule ?? refusal.code}:${refusal.resetsAt ?? day(at)}`
  const about = refusal.code === 'cap-reached' ? { about: 'cap' as const } : {}
  return { seq, at, level: 'stop', title, body, callId, key, ...about }
}

/** Null: the client is told, and that is enough. */
const TITLES: Record<RefusalCode, string | null> = {
  'cap-reached': 'Cap reached',
  'rate-limited': null,
  'context-too-large': 'Context too large',
  'conversation-limit': 'Conversation limit reached',
  'loop-detected': 'A loop was stopped',
  'retry-storm': 'A retry storm was stopped',
  'fan-out': 'Too many calls at once',
  orphan: 'A call whose program is gone was stopped',
  'cache-miss-streak': 'The prompt cache is missed again and again',
  'call-cap': 'A call would have cost too much',
  'quiet-hours': 'Quiet hours',
  'model-not-allowed': 'Model not allowed',
  'provider-not-allowed': 'Provider not allowed',
  paused: null,
  'policy-unavailable': 'No policy, no calls',
  'ledger-unavailable': 'The ledger cannot be written',
  declined: null,
  'bad-request': null,
  'too-large': null,
  internal: null,
}

/** Of notices with the same key the first stands. */
export function withoutRepeats(notices: readonly Notice[]): Notice[] {
  const seen = new Set<string>()
  return notices.filter((notice) => !seen.has(notice.key) && seen.add(notice.key))
}

function day(at: string): string {
  return at.slice(0, 10)
}

function count(amount: number, what: string): string {
  return `${amount} ${what}${amount === 1 ? '' : 's'}`
}
