import { ENTRY, RECORD } from './read-rows.ts'
import type { Database, Statement } from './sqlite.ts'

/**
 * The log goes into the file after 16 MB instead of 4: calls write the same few pages again and again, and each of them
 * is copied once for all the times that it stands in the log.
 */
export const PRAGMAS = `PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL; PRAGMA busy_timeout = 2000;
  PRAGMA foreign_keys = ON; PRAGMA wal_autocheckpoint = 4000`

/** Every write of the ledger, and the few reads that a write needs. */
const SQL = {
  lastSeq: "SELECT coalesce(max(seq), 0) AS seq FROM sqlite_sequence WHERE name = 'event'",
  insertEvent: 'INSERT INTO event (seq, at_ms, type, call_id, body) VALUES (?, ?, ?, ?, ?)',
  insertDimensions: 'INSERT OR IGNORE INTO dimensions (body, profile_id, session, conversation) VALUES (?, ?, ?, ?)',
  findDimensions: 'SELECT id FROM dimensions WHERE body = ?',
  insertProfile: 'INSERT OR IGNORE INTO profile (body) VALUES (?)',
  findProfile: 'SELECT id FROM profile WHERE body = ?',
  insertFacts: 'INSERT OR IGNORE INTO facts (body) VALUES (?)',
  findFacts: 'SELECT id FROM facts WHERE body = ?',
  keepClosing: "UPDATE event SET body = ? WHERE call_id = ? AND type IN ('call.settled', 'call.expired') AND body = ''",
  insertCall: `INSERT INTO call (seq, state, admitted_ms, dimensions_id, cost_nanos, ceiling_nanos, tokens, facts_id, record, id, started_ms)
    VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
  updateCall: `UPDATE call SET seq = ?, state = ?, admitted_ms = ?, dimensions_id = ?, cost_nanos = ?, ceiling_nanos = ?,
    tokens = ?, facts_id = ?, record = ? WHERE id = ?`,
  upsertRollup: `INSERT INTO rollup VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
    ON CONFLICT (bucket_ms, dimensions_id) DO UPDATE SET calls = calls + excluded.calls, refused = refused + excluded.refused,
      cost_nanos = cost_nanos + excluded.cost_nanos, ceiling_nanos = ceiling_nanos + excluded.ceiling_nanos,
      uncached_input = uncached_input + excluded.uncached_input, cache_read = cache_read + excluded.cache_read,
      cache_write_5m = cache_write_5m + excluded.cache_write_5m, cache_write_1h = cache_write_1h + excluded.cache_write_1h,
      output = output + excluded.output, reasoning = reasoning + excluded.reasoning, audio_input = audio_input + excluded.audio_input,
      audio_output = audio_output + excluded.audio_output, image_input = image_input + excluded.image_input,
      image_output = image_output + excluded.image_output, estimated = estimated + excluded.estimated`,
  insertResponse: 'INSERT OR IGNORE INTO response (id, call_id, at_ms) VALUES (?, ?, ?)',
  callOfResponse: 'SELECT call_id FROM response WHERE id = ?',
  closedCall: `SELECT ${RECORD}, admitted_ms FROM call WHERE id = ?`,
  unfinished: `SELECT ${RECORD}, admitted_ms FROM call WHERE state IN ('open', 'waiting', 'asked')`,
  eventsOfCall: `SELECT ${ENTRY} FROM event WHERE call_id = ? ORDER BY seq`,
  pruneCalls: "DELETE FROM call WHERE started_ms < ? AND state NOT IN ('open', 'waiting', 'asked')",
  pruneEvents: `DELETE FROM event WHERE at_ms < ? AND CASE WHEN call_id IS NULL
    THEN type NOT LIKE 'budget.%' AND type NOT LIKE 'traffic.%' ELSE call_id NOT IN (SELECT id FROM call) END`,
  pruneBudgetEvents: "DELETE FROM event WHERE at_ms < ? AND call_id IS NULL AND type LIKE 'budget.%'",
  pruneRollups: 'DELETE FROM rollup WHERE bucket_ms < ?',
  pruneImported: 'DELETE FROM imported WHERE at_ms < ?',
  pruneResponses: 'DELETE FROM response WHERE at_ms < ?',
} as const

export type Statements = Record<keyof typeof SQL, Statement>

export function prepareAll(database: Database): Statements {
  return Object.fromEntries(Object.entries(SQL).map(([name, sql]) => [name, database.prepare(sql)])) as Statements
}
