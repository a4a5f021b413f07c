import type { CallRecord } from '../../../shared/calls/call.ts'
import { exactUsd, type UsdNanos } from '../../../shared/values/money.ts'
import { type TimeWindow, windowAt } from '../../../shared/values/time-window.ts'
import { nanosOf } from '../../core/ledger/reports/rollup.ts'
import { spendParts } from '../../ledger/queries/spend-queries.ts'
import type { GatewayView } from './gateway-view.ts'

/** Sessions of a day that are remembered; the one that has been quiet for longest goes. */
const MAX_SESSIONS = 200

/**
 * What each session spent today: summed once from the ledger, then kept up call by call, because summing a busy day
 * takes tens of milliseconds in which nothing else would run.
 */
export class SessionSpend {
  readonly #view: GatewayView
  readonly #sums = new Map<string, UsdNanos>()
  #today: TimeWindow

  constructor(view: GatewayView) {
    this.#view = view
    this.#today = this.#window()
    const { startMs, endMs } = this.#today
    for (const part of spendParts(view.books.ledger.store.database, startMs, endMs, 'thread')) {
      const { session, conversation } = part.dimensions.values
      if (part.dimensions.billing === 'metered') this.#add(session ?? conversation, part.costNanos)
    }
  }

  /** Takes a call that is over. */
  observe(record: CallRecord): void {
    if (record.endedAt === null || record.billing !== 'metered') return
    this.#turnDay()
    this.#add(record.attribution.session ?? record.conversation ?? undefined, nanosOf(record.costUsd))
  }

  /** The latest last. */
  all(): { session: string; costUsd: string }[] {
    this.#turnDay()
    return [...this.#sums].map(([session, nanos]) => ({ session, costUsd: exactUsd(nanos) }))
  }

  #add(session: string | undefined, nanos: UsdNanos): void {
    if (session === undefined || nanos === 0) return
    const before = this.#sums.get(session) ?? 0
    this.#sums.delete(session)
    if (this.#sums.size >= MAX_SESSIONS)
      for (const quietest of this.#sums.keys()) if (this.#sums.delete(quietest)) break
    this.#sums.set(session, before + nanos)
  }

  #turnDay(): void {
    if (this.#view.clock() < this.#today.endMs) return
    this.#today = this.#window()
    this.#sums.clear()
  }

  #window(): TimeWindow {
    return windowAt({ calendar: 'day' }, this.#view.books.inForce.timeZone, this.#view.clock())
  }
}
