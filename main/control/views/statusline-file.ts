import { rmSync } from 'node:fs'
import { performance } from 'node:perf_hooks'
import type { StatuslineFile } from '../../../shared/contract/statusline.ts'
import { writePrivateFile } from '../../platform/home/write-private-file.ts'
import type { GatewayView } from './gateway-view.ts'
import { SessionSpend } from './session-spend.ts'
import { headlineOf, plansOf, type SpentLately, spentLately } from './status.ts'

/** At most this often: an agent's status bar is read by people. */
const SHORTEST_MS = 1_000
/** Without news the pace still changes, and a day ends. */
const LONGEST_MS = 30_000
/** The pace is summed from single calls: on a busy day it is looked at so seldom that this takes a hundredth of the time. */
const MAX_SHARE = 0.01

/**
 * Keeps `statusline.json` in the home up to date. A status line runs at every prompt and has milliseconds: reading a
 * small file takes one, asking a server over HTTP takes ten. The file outlives the gateway, as the last known value.
 */
export function keepStatuslineFile(view: GatewayView, file: string): { close(): void } {
  const sessions = new SessionSpend(view)
  const lately = lookSeldom()
  let due: NodeJS.Timeout | null = null
  let idle: NodeJS.Timeout
  const write = () => {
    if (due) clearTimeout(due)
    due = null
    clearTimeout(idle)
    idle = setTimeout(write, LONGEST_MS)
    idle.unref()
    try {
      writePrivateFile(file, JSON.stringify(statuslineOf(view, sessions, lately)), { durable: false })
    } catch (error) {
      view.logger.debug('the status line could not be written', { reason: error })
      rmSync(file, { force: true })
    }
  }
  idle = setTimeout(write, LONGEST_MS)
  write()
  const unsubscribe = view.books.ledger.subscribe(({ record }) => {
    if (record) sessions.observe(record)
    due ??= setTimeout(write, SHORTEST_MS).unref()
  })
  return {
    close: () => {
      unsubscribe()
      write()
      if (due) clearTimeout(due)
      clearTimeout(idle)
    },
  }
}

function statuslineOf(view: GatewayView, sessions: SessionSpend, lately: SpentLately): StatuslineFile {
  const nowMs = view.clock()
  const { state, spend } = headlineOf(view, view.books.balances.allStates(nowMs), nowMs, lately)
  const { plans = [] } = plansOf(view, nowMs)
  const { spentUsd, limitUsd, raisedUsd, leftUsd, burnUsdPerHour } = spend
  return {
    schema: 1,
    at: new Date(nowMs).toISOString(),
    pid: process.pid,
    state,
    spend: { spentUsd, limitUsd, raisedUsd, leftUsd, burnUsdPerHour },
    sessions: sessions.all(),
    ...(plans.length > 0 ? { plans: plans.map(({ sentence }) => sentence) } : {}),
  }
}

/** What was spent lately, asked again for another cap, or when asking has been cheap enough for the time since. */
function lookSeldom(): SpentLately {
  let known: { cap: string; nanos: number; untilMs: number } | null = null
  return (view, cap, nowMs) => {
    const name = cap === null ? '' : `${cap.rule.id}\n${cap.key ?? ''}`
    const startedAt = performance.now()
    if (known !== null && known.cap === name && startedAt < known.untilMs) return known.nanos
    const nanos = spentLately(view, cap, nowMs)
    const endedAt = performance.now()
    known = { cap: name, nanos, untilMs: endedAt + (endedAt - startedAt) / MAX_SHARE }
    return nanos
  }
}
