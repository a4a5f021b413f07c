import type { Status } from '../../../shared/contract/contract.ts'
import { formatUsd, parseUsd } from '../../../shared/values/money.ts'
import type { GatewayState } from '../gateway/gateway-state.ts'

/** `calm`, `warn` and `stop` are about the budget; `off` says that nothing is metered. */
export type Tone = 'calm' | 'warn' | 'stop' | 'off'

/** What the tray shows, in words and as a gauge. */
export interface ShellView {
  tone: Tone
  /** Spent and held as a part of the cap, 0 … 1; null without a cap. */
  ratio: number | null
  /** Beside the icon where the system allows it: today's spend. */
  title: string
  sentence: string
  /** What to do about it, where there is something. */
  hint: string | null
}

/** Where a budget has no warn marks of its own, the gauge turns amber here. */
const DEFAULT_WARN_AT = 0.8

/** `status` is null until the gateway has answered once. */
export function describeShell(gateway: GatewayState, status: Status | null): ShellView {
  switch (gateway.kind) {
    case 'starting':
      return gateway.after === null ? off('Starting the gateway…') : off(gateway.after.message, gateway.after.fix)
    case 'down':
      return off(gateway.problem.message, gateway.problem.fix)
    case 'stopped':
      return off('The gateway has stopped.')
    case 'running':
      return status === null ? off('Connecting…') : describeStatus(status)
  }
}

function off(sentence: string, hint: string | null = null): ShellView {
  return { tone: 'off', ratio: null, title: '', sentence, hint }
}

function describeStatus(status: Status): ShellView {
  const spent = parseUsd(status.spend.spentUsd) ?? 0
  const ratio = usedRatio(status)
  return {
    tone: toneOf(status, ratio),
    ratio,
    title: formatUsd(spent),
    sentence: [status.sentence, ...(status.plans ?? []).map(({ sentence }) => sentence)].join(' · '),
    hint: hintOf(status),
  }
}

function usedRatio({ spend }: Status): number | null {
  if (spend.limitUsd === null) return null
  const limit = (parseUsd(spend.limitUsd) ?? 0) + (parseUsd(spend.raisedUsd) ?? 0)
  const used = (parseUsd(spend.spentUsd) ?? 0) + (parseUsd(spend.heldUsd) ?? 0)
  return limit === 0 ? 1 : Math.min(1, used / limit)
}

function toneOf(status: Status, ratio: number | null): Tone {
  if (status.state === 'paused' || status.state === 'killed') return 'stop'
  if (status.spend.reached) return 'stop'
  if (status.spend.leftUsd !== null && (parseUsd(status.spend.leftUsd) ?? 0) === 0) return 'stop'
  const marks = status.budgets.find(({ rule }) => rule === status.spend.rule)?.warnAt ?? [DEFAULT_WARN_AT]
  const isWarned = ratio !== null && ratio >= Math.min(...marks, 1)
  return isWarned || status.state === 'degraded' ? 'warn' : 'calm'
}

function hintOf(status: Status): string | null {
  return status.policy.lastError?.message ?? null
}
