import type { Database } from '../store/sqlite.ts'

/** Whether any call that is remembered had this session, or was of this conversation. */
export function isKnownScope(database: Database, name: string): boolean {
  const row = database.prepare(`SELECT 1 FROM dimensions WHERE session = ? OR conversation = ? LIMIT 1`).get(name, name)
  return row !== undefined
}

/** Sessions of calls that began since a moment, the latest first; as many as a person might mean. */
export function recentSessions(database: Database, sinceMs: number, limit = 200): string[] {
  const rows = database
    .prepare(
      `SELECT session, max(started_ms) AS last FROM call INDEXED BY call_by_start CROSS JOIN dimensions ON dimensions.id = dimensions_id
       WHERE started_ms >= ? AND session IS NOT NULL GROUP BY session ORDER BY last DESC LIMIT ?`,
    )
    .all(sinceMs, limit) as { session: string }[]
  return rows.map(({ session }) => session)
}
