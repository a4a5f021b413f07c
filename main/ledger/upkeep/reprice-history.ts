import { setImmediate as nextTurn } from 'node:timers/promises'
import { priceCorrection } from '../../core/pricing/rates/correction.ts'
import type { PriceBook } from '../../core/pricing/rates/rate-card.ts'
import type { Books } from '../books/books.ts'
import { PRICED } from '../rows/numbers.ts'
import { readRecord, RECORD } from '../store/read-rows.ts'

/** Two calendar months and a little: no budget's window reaches further back. */
export const REPRICED_MS = 63 * 86_400_000
/** Calls between two turns of the event loop: some milliseconds of work. */
const PAGE = 200

/** Which prices the whole history was last held against. */
const MARK = 'repriced-with'

/**
 * Prices the recent calls again and records a correction where list prices say something else now. It lets others work
 * in between, and stops when `isCurrent` says that newer prices have come. Returns how many calls were corrected.
 *
 * @param mark what the prices are: a history that was held against them to its end is not looked through again
 */
export async function repriceHistory(
  books: Books,
  prices: PriceBook,
  isCurrent: () => boolean = () => true,
  mark: string | null = null,
): Promise<number> {
  const { database } = books.ledger.store
  const setMark = database.prepare('INSERT OR REPLACE INTO meta (key, value) VALUES (?, ?)')
  if (mark !== null) {
    const known = database.prepare('SELECT value FROM meta WHERE key = ?').get(MARK) as { value: string } | undefined
    if (known?.value === mark) return 0
    // Until it is through it counts as begun with none: prices may change back before that.
    setMark.run(MARK, '')
  }
  const page = database.prepare(
    `SELECT started_ms, n, ${RECORD} FROM call WHERE started_ms >= ? AND (started_ms, n) < (?, ?)
       AND state IN ${PRICED} AND cost_nanos >= 0 ORDER BY started_ms DESC, n DESC LIMIT ${PAGE}`,
  )
  const sinceMs = books.clock() - REPRICED_MS
  let at: [number, number] = [Number.MAX_SAFE_INTEGER, 0]
  let corrected = 0
  while (isCurrent()) {
    const rows = page.all(sinceMs, ...at) as { started_ms: number; n: number }[]
    for (const row of rows) {
      const record = readRecord(database, row)
      const correction = priceCorrection(record, prices)
      if (!correction) continue
      books.reprice(record.id, 'price-corrected', correction)
      corrected += 1
    }
    const last = rows.at(-1)
    if (!last || rows.length < PAGE) {
      if (mark !== null) setMark.run(MARK, mark)
      return corrected
    }
    at = [last.started_ms, last.n]
    await nextTurn()
  }
  return corrected
}
