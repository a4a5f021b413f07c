import type { Database } from '../store/sqlite.ts'

/** Whether any call that is remembered had this session, or was of this conversation. */
export function isKnownScope(database: Database, name: string): boolean {
  const row = database
    .prepare(
      `SELECT 1 FROM dimensions_in_full WHERE (session = ? OR conversation = ?)
       AND (body ->> '$.values.session' = ? OR body ->> '$.values.conversation' = ?) LIMIT 1`,
    )
    .get(name, name, name, name)
  return row !== undefined
}

/** Sessions of calls that began since a moment, the latest first; as many as a person might mean. */
export function recentSessions(database: Database, sinceMs: number, limit = 200): string[] {
  const rows = database
    .prepare(
      `SELECT body ->> '$.values.session' AS session, max(started_ms) AS last FROM call JOIN dimensions_in_full AS dimensions ON dimensions.id = dimensions_id
       WHERE started_ms >= ? AND body ->> '$.values.session' IS NOT NULL GROUP BY session ORDER BY last DESC LIMIT ?`,
    )
    .all(sinceMs, limit) as { session: string }[]
  return rows.map(({ session }) => session)
}
