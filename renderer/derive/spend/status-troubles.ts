import type { CapReached, Status } from '../../../shared/contract/contract.ts'
import { formatReset } from '../../../shared/values/format.ts'
import { usd } from '../format/amounts.ts'
import { clock } from '../format/times.ts'

/** Something that is not as it should be, said plainly, with what a developer can do about it. */
export interface Trouble {
  key: string
  level: 'info' | 'warn' | 'stop'
  title: string
  body: string
  action: 'resume' | 'kill-switch-off' | 'refresh-policy' | 'see-policy' | 'raise' | null
}

/** The one policy error that is about the way to the document, not about what it says. */
const UNREACHABLE = 'policy-unavailable'

/** How long a gap in the metering stays on the overview. */
const GAP_SHOWN_MS = 24 * 3_600_000

/** The worst first. */
export function troublesOf(status: Status, nowMs: number): Trouble[] {
  const order = { stop: 0, warn: 1, info: 2 }
  const troubles = [
    traffic(status),
    cap(status),
    degraded(status),
    policy(status),
    pendingHosts(status),
    ...gaps(status, nowMs),
    unapproved(status),
    ...notShared(status),
    ...hooks(status),
  ]
  return troubles.filter((trouble) => trouble !== null).sort((a, b) => order[a.level] - order[b.level])
}

function traffic(status: Status): Trouble | null {
  if (status.state === 'killed') {
    return {
      key: 'killed',
      level: 'stop',
      title: 'The kill switch is on',
      body: 'Running streams were ended and every new call is refused.',
      action: 'kill-switch-off',
    }
  }
  if (status.state !== 'paused') return null
  return {
    key: 'paused',
    level: 'warn',
    title: 'Traffic is paused',
    body: 'New calls are refused until you resume. Calls that were already running continue.',
    action: 'resume',
  }
}

function cap(status: Status): Trouble | null {
  const { leftUsd, rule, resetsAt, heldUsd, reached } = status.spend
  if (rule === null || leftUsd === null) return null
  if (reached === undefined && Number(leftUsd) > 0) return null
  if (reached === undefined && Number(heldUsd) > 0)
    return {
      key: 'cap-held',
      level: 'warn',
      title: `“${rule}” has no room for more calls right now`,
      body: `${usd(heldUsd)} of it is held by running calls; new calls wait until those finish.`,
      action: 'raise',
    }
  const refused = reached && reached.refused > 0 ? ` ${callsRefused(reached.refused)} so far.` : ''
  return {
    key: 'cap',
    level: 'stop',
    title: `Cap reached: ${rule}`,
    body: `${usd(status.spend.spentUsd)} of ${usd(status.spend.limitUsd)} is spent${whoSpent(reached?.top ?? null)}. Calls are refused until it resets at ${formatReset(Date.parse(resetsAt), status.timezone, Date.parse(status.at))}.${refused}`,
    action: 'raise',
  }
}

function callsRefused(count: number): string {
  return count === 1 ? '1 call was refused' : `${count} calls were refused`
}

/** `, most of it by claude-code in web ($3.10)`; `, most of it in web ($3.10)` where the agent is not known. */
function whoSpent(top: CapReached['top']): string {
  if (top === null) return ''
  const agent = top.agent === null ? '' : ` by ${top.agent}`
  const project = top.project === null ? '' : ` in ${top.project}`
  return agent + project === '' ? '' : `, most of it${agent}${project} (${usd(top.costUsd)})`
}

function degraded(status: Status): Trouble | null {
  if (status.state !== 'degraded') return null
  return {
    key: 'degraded',
    level: 'warn',
    title: 'Allowance is not fully working',
    body: status.sentence,
    action: null,
  }
}

function policy({ policy, timezone }: Status): Trouble | null {
  const inForce = policy.version === null ? 'No policy is in force.' : `Version ${policy.version} stays in force.`
  if (policy.lastError && policy.lastError.code !== UNREACHABLE) {
    return {
      key: 'policy-rejected',
      level: 'warn',
      title: 'A new policy was rejected',
      body: `${policy.lastError.message}${/[.!?]$/.test(policy.lastError.message) ? '' : '.'} ${inForce}`,
      action: 'refresh-policy',
    }
  }
  if (policy.state === 'expired') {
    return {
      key: 'policy-expired',
      level: 'warn',
      title: 'The policy has expired',
      body: policy.lastError?.message ?? 'Its last rules are kept until a new one arrives.',
      action: 'refresh-policy',
    }
  }
  if (policy.lastError || policy.state === 'last-known-good') {
    const since = policy.fetchedAt ? ` Last fetched ${clock(policy.fetchedAt, timezone)}.` : ''
    return {
      key: 'policy-offline',
      level: 'info',
      title: 'The policy could not be fetched',
      body: `${inForce}${since}`,
      action: 'refresh-policy',
    }
  }
  return null
}

function pendingHosts({ policy: { pendingHosts: hosts = [] } }: Status): Trouble | null {
  const [first, ...rest] = hosts
  if (!first) return null
  return {
    key: 'pending-hosts',
    level: 'info',
    title: 'The policy wants to meter more hosts',
    body: `${first.host}${rest.length > 0 ? ` and ${rest.length} more` : ''}: not metered until you agree.`,
    action: 'see-policy',
  }
}

function gaps(status: Status, nowMs: number): Trouble[] {
  const recent = status.gaps.filter((gap) => nowMs - Date.parse(gap.until) < GAP_SHOWN_MS)
  const last = recent.at(-1)
  if (!last) return []
  const span = `${clock(last.from, status.timezone)}–${clock(last.until, status.timezone)}`
  const more = recent.length > 1 ? ` ${recent.length - 1} more in the last 24 hours.` : ''
  return [
    {
      key: `gap-${last.until}`,
      level: 'info',
      title: 'Some traffic was not metered',
      body: `${span}: ${last.reason}.${more} Spend in that time is not in the numbers below.`,
      action: null,
    },
  ]
}

/** Budgets over several machines that are not counted together now; one sentence for all of a server. */
function notShared({ budgets }: Status): Trouble[] {
  const [first, ...rest] = budgets.filter(({ shared }) => shared && shared.trouble !== null)
  if (!first?.shared) return []
  const more = rest.length > 0 ? ` and ${rest.length} more` : ''
  return [
    {
      key: 'not-shared',
      level: 'warn',
      title: 'A shared budget is not counted together',
      body: `${first.rule}${more}: ${first.shared.sentence}.`,
      action: null,
    },
  ]
}

function hooks(status: Status): Trouble[] {
  return (status.hooks ?? []).map(({ name, error, failingSince, dropped }) => ({
    key: `hook-${name}`,
    level: 'info',
    title: `The hook ${name} ${error === null ? 'was told too much at once' : 'does not get through'}`,
    body:
      error === null || failingSince === null
        ? `${dropped} events were not sent.`
        : `Since ${clock(failingSince, status.timezone)}: ${error}. ${dropped} events were not delivered.`,
    action: null,
  }))
}

function unapproved(status: Status): Trouble | null {
  const [first, ...rest] = [...status.unapproved].sort((a, b) => b.calls - a.calls)
  if (!first) return null
  const more = rest.length > 0 ? ` and ${rest.length} more` : ''
  const from = first.lastProcess ? `, last from ${first.lastProcess}` : ''
  return {
    key: 'unapproved',
    level: 'info',
    title: 'A model host outside the policy was used',
    body: `${first.host}${more}: ${first.calls} ${first.calls === 1 ? 'connection' : 'connections'}${from}.`,
    action: null,
  }
}
