import type { Books } from '../ledger/books/books.ts'
import { keepHistory } from '../ledger/upkeep/keep-history.ts'
import { takeGaps } from '../platform/home/gap-file.ts'

/** How often a ledger that could not be written is tried again. */
const FLUSH_MS = 1_000

/** What the ledger needs while the gateway runs: what a full disk kept out, gaps that runs have noted, and an end of its history. */
export function keepLedger(books: Books, home: string, keepDays: () => number): { close(): void } {
  recordGaps(books, home)
  const flushing = setInterval(() => {
    books.ledger.flush()
    recordGaps(books, home)
  }, FLUSH_MS)
  flushing.unref()
  const history = keepHistory(books, keepDays)
  return {
    close() {
      clearInterval(flushing)
      history.close()
    },
  }
}

/** Noted by runs while there was no gateway, or by one whose stand-in has just found us. */
function recordGaps({ ledger }: Books, home: string): void {
  for (const gap of takeGaps(home)) ledger.record({ type: 'gap.recorded', ...gap })
}
