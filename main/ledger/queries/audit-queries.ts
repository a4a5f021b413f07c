import type { LedgerEntry, LedgerEvent } from '../../../shared/calls/events.ts'
import { typeNumber } from '../rows/numbers.ts'
import type { Database } from '../store/sqlite.ts'

/** Events of some types after a seq and since a moment, oldest first: at most `limit`. */
export function eventsAfter(
  database: Database,
  types: readonly LedgerEvent['type'][],
  after: { seq: number; sinceMs: number },
  limit: number,
): LedgerEntry[] {
  const marks = types.map(() => '?').join(', ')
  const rows = database
    .prepare(
      `SELECT seq, at_ms, body FROM event WHERE seq > ? AND at_ms >= ? AND type IN (${marks}) ORDER BY seq LIMIT ?`,
    )
    .all(after.seq, after.sinceMs, ...types.map(typeNumber), limit)
  return (rows as { seq: number; at_ms: number; body: string }[]).map((row) => ({
    seq: row.seq,
    atMs: row.at_ms,
    event: JSON.parse(row.body) as LedgerEvent,
  }))
}
