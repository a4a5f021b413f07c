import { createRecentCalls } from '../core/ledger/calls/recent-calls.ts'
import { Books } from '../ledger/books/books.ts'
import { Ledger } from '../ledger/store/ledger.ts'
import { SqliteStore } from '../ledger/store/sqlite-store.ts'
import { learned } from '../ledger/upkeep/learned.ts'
import { recover } from '../ledger/upkeep/recover.ts'
import type { Clock } from '../platform/system/clock.ts'
import type { Logger } from '../platform/system/logger.ts'

/**
 * Opens the ledger of a home, closes what a crash left open in it, and reads back what earlier calls have taught. Throws
 * `ledger-unavailable` or `ledger-newer`.
 */
export function openBooks(options: { file: string; version: string; clock: Clock; logger: Logger }) {
  const { clock, logger, version } = options
  const startedAtMs = clock()
  const ledger = new Ledger(new SqliteStore(options.file), clock)
  const recovered = recover(ledger)
  if (recovered > 0) logger.warn('calls that a crash left open were closed at best evidence', { calls: recovered })
  ledger.append({ type: 'gateway.started', pid: process.pid, version })
  const recent = createRecentCalls()
  return { ledger, recent, books: new Books(ledger, recent, clock), ...learned(ledger, startedAtMs) }
}
