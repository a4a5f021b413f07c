import type { Books } from '../books/books.ts'
import { BEFORE_ADMISSION_MS } from '../queries/call-queries.ts'

const DAY_MS = 86_400_000
/** How often what is old is looked for: what goes at once is then little. */
const PRUNE_MS = 3_600_000
/** No calendar window is longer, and a budget of a month begun in another zone ends a day later. */
const LONGEST_WINDOW_MS = 33 * DAY_MS

/** Keeps the ledger within `keepDays`: now, and every hour until it is closed. Never keeps the process alive. */
export function keepHistory(books: Books, keepDays: () => number): { close(): void } {
  prune(books, keepDays())
  const timer = setInterval(() => prune(books, keepDays()), PRUNE_MS)
  timer.unref()
  return { close: () => clearInterval(timer) }
}

/**
 * Forgets calls and events that are older than `keepDays`, but nothing that a budget still counts: forgetting it would
 * give its money back. Sums outlive their calls by the longest window, because the next policy may ask for it.
 */
export function prune({ ledger, balances, clock }: Books, keepDays: number): void {
  const nowMs = clock()
  const beforeMs = nowMs - keepDays * DAY_MS
  ledger.store.prune({
    callsMs: Math.min(beforeMs, balances.horizonMs('call', nowMs) - BEFORE_ADMISSION_MS),
    sumsMs: Math.min(beforeMs, nowMs - LONGEST_WINDOW_MS),
  })
}
