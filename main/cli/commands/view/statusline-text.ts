import { readFileSync } from 'node:fs'
import type { StatuslineFile } from '../../../../shared/contract/statusline.ts'

/** What an agent says of itself on stdin (Claude Code's form; others leave most of it out). */
interface AgentReport {
  session_id?: unknown
  model?: { display_name?: unknown; id?: unknown } | string
  cost?: { total_cost_usd?: unknown }
  context_window?: { used_percentage?: unknown }
}

/**
 * One line for an agent's status bar: model, session / today of the cap, pace, context. It runs at every prompt, so it
 * imports nothing but types and `node:fs`, asks no server and never throws; without a gateway it shows the last known
 * values and says so.
 */
export function statuslineText(file: string, agentJson: string, isAlive: (pid: number) => boolean): string {
  const report = parse<AgentReport>(agentJson) ?? {}
  const known = readStatus(file)
  const parts = [modelOf(report)]
  if (known) {
    const session = known.sessions.find((one) => one.session === report.session_id)
    const ofSession = session ? `${short(session.costUsd)} session / ` : listed(report)
    const limit = known.spend.limitUsd === null ? '' : ` of ${short(known.spend.limitUsd, known.spend.raisedUsd)}`
    parts.push(`${ofSession}${short(known.spend.spentUsd)}${limit} today`)
    if (Number(known.spend.burnUsdPerHour) > 0) parts.push(`${short(known.spend.burnUsdPerHour)}/h`)
  } else parts.push(listed(report).replace(/ \/ $/, ''))
  // The shortest window is the one that an agent meets first.
  if (typeof known?.plans?.[0] === 'string') parts.push(clean(known.plans[0]))
  const used = report.context_window?.used_percentage
  if (typeof used === 'number') parts.push(`${Math.round(used)}% context`)
  if (!known || !isAlive(known.pid)) parts.push('allowance off')
  else if (known.state !== 'ok') parts.push(known.state)
  return parts.filter((part) => part !== '').join(' · ')
}

function readStatus(file: string): StatuslineFile | null {
  try {
    const known = parse<StatuslineFile>(readFileSync(file, 'utf8'))
    return known?.schema === 1 && Array.isArray(known.sessions) && typeof known.spend?.spentUsd === 'string'
      ? known
      : null
  } catch {
    return null
  }
}

function modelOf({ model }: AgentReport): string {
  const name = typeof model === 'string' ? model : (model?.display_name ?? model?.id)
  return typeof name === 'string' ? clean(name) : ''
}

/** What the agent itself counted for its session, at list price: shown while the ledger knows nothing of the session. */
function listed({ cost }: AgentReport): string {
  const total = cost?.total_cost_usd
  return typeof total === 'number' && total > 0 ? `~$${total.toFixed(2)} session / ` : ''
}

/** Rounded as everywhere else (`formatUsd`), which is more than may be loaded here: in whole nano-dollars, half of a place up. */
function short(...exact: string[]): string {
  const nanos = exact.reduce((sum, amount) => sum + nanosOf(amount), 0)
  const places = nanos > 0 && nanos < 100_000_000 ? 4 : 2
  return `$${(Math.round(nanos / 10 ** (9 - places)) / 10 ** places).toFixed(places)}`
}

function nanosOf(exact: string): number {
  const [whole = '', fraction = ''] = exact.split('.')
  return Number(whole + fraction.padEnd(9, '0'))
}

/** No control characters from another program's JSON into a terminal. */
function clean(text: string): string {
  return Array.from(text)
    .filter((character) => character >= ' ' && character !== '\u007f')
    .join('')
    .slice(0, 60)
}

function parse<Shape>(text: string): Shape | null {
  try {
    const value = JSON.parse(text) as unknown
    return typeof value === 'object' && value !== null ? (value as Shape) : null
  } catch {
    return null
  }
}
