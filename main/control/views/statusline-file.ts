import { rmSync } from 'node:fs'
import type { StatuslineFile } from '../../../shared/contract/statusline.ts'
import { writePrivateFile } from '../../platform/home/write-private-file.ts'
import type { GatewayView } from './gateway-view.ts'
import { SessionSpend } from './session-spend.ts'
import { buildStatus } from './status.ts'

/** At most this often: an agent's status bar is read by people. */
const SHORTEST_MS = 1_000
/** Without news the pace still changes, and a day ends. */
const LONGEST_MS = 30_000

/**
 * Keeps `statusline.json` in the home up to date. A status line runs at every prompt and has milliseconds: reading a
 * small file takes one, asking a server over HTTP takes ten. The file outlives the gateway, as the last known value.
 */
export function keepStatuslineFile(view: GatewayView, file: string): { close(): void } {
  const sessions = new SessionSpend(view)
  let due: NodeJS.Timeout | null = null
  let idle: NodeJS.Timeout
  const write = () => {
    if (due) clearTimeout(due)
    due = null
    clearTimeout(idle)
    idle = setTimeout(write, LONGEST_MS)
    idle.unref()
    try {
      writePrivateFile(file, JSON.stringify(statuslineOf(view, sessions)), { durable: false })
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

function statuslineOf(view: GatewayView, sessions: SessionSpend): StatuslineFile {
  const status = buildStatus(view)
  const { spentUsd, limitUsd, raisedUsd, leftUsd, burnUsdPerHour } = status.spend
  return {
    schema: 1,
    at: status.at,
    pid: process.pid,
    state: status.state,
    spend: { spentUsd, limitUsd, raisedUsd, leftUsd, burnUsdPerHour },
    sessions: sessions.all(),
  }
}
