import { RECORD_COLUMNS } from '../rows/call-row.ts'
import { QUOTE_COLUMNS } from '../rows/event-row.ts'
import { typeNumber, UNFINISHED } from '../rows/numbers.ts'
import { ENTRY, LAST_SEQ, RECORD } from './read-rows.ts'
import type { Database, Statement } from './sqlite.ts'

/**
 * The log goes into the file after 16 MB instead of 4: calls write the same few pages again and again, and each of them
 * is copied once for all the times that it stands in the log. Numbers of rows come from the rows themselves, so nothing
 * looks them up again for each call.
 */
export const PRAGMAS = `PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL; PRAGMA busy_timeout = 2000;
  PRAGMA foreign_keys = OFF; PRAGMA wal_autocheckpoint = 4000`

/** What of a call's row changes while it lives, in the order in which it is bound. */
const CHANGING = [
  'seq',
  'state',
  'waited_ms',
  'dimensions_id',
  'cost_nanos',
  'facts_id',
  'caller_id',
  ...RECORD_COLUMNS,
] as const

/** Budgets and stops are remembered for longer than calls. */
const BUDGET_EVENTS = ['budget.warned', 'budget.raised'] as const
const TRAFFIC_EVENTS = ['traffic.paused', 'traffic.resumed'] as const

const marks = (count: number) => Array.from({ length: count }, () => '?').join(', ')

/** Every write of the ledger, and the few reads that a write needs. */
const SQL = {
  lastSeq: `SELECT ${LAST_SEQ} AS seq`,
  insertEvent: 'INSERT INTO event (seq, at_ms, type, call_n, body) VALUES (?, ?, ?, ?, ?)',
  insertDimensions: `INSERT INTO dimensions (profile_id, session, conversation) SELECT ?1, ?2, ?3 WHERE NOT EXISTS
    (SELECT 1 FROM dimensions WHERE conversation IS ?3 AND session IS ?2 AND profile_id = ?1)`,
  findDimensions: 'SELECT id FROM dimensions WHERE conversation IS ?3 AND session IS ?2 AND profile_id = ?1 LIMIT 1',
  insertProfile: 'INSERT OR IGNORE INTO profile (body) VALUES (?)',
  findProfile: 'SELECT id FROM profile WHERE body = ?',
  insertFacts: 'INSERT OR IGNORE INTO facts (body) VALUES (?)',
  findFacts: 'SELECT id FROM facts WHERE body = ?',
  // A closing that was written out stays as it is; it may have been told by the call's row.
  keepClosing: `INSERT INTO event (seq, at_ms, type, call_n, body) VALUES (?, ?, ?, ?, ?)
    ON CONFLICT (seq) DO UPDATE SET body = excluded.body WHERE body = ''`,
  insertCall: `INSERT INTO call (${[...CHANGING, 'n', 'id', 'started_ms', ...QUOTE_COLUMNS].join(', ')}, quoted_facts_id)
    VALUES (${marks(CHANGING.length + 3 + QUOTE_COLUMNS.length + 1)})`,
  // What the row says of its admission stays true: the hold of then where it grows, the price of then where it changes.
  updateCall: `UPDATE call SET ${CHANGING.map((name, index) => `${name} = ?${index + 1}`).join(', ')},
    quoted_hold_nanos = CASE WHEN quoted_input IS NOT NULL THEN coalesce(quoted_hold_nanos, nullif(held_nanos, ?${CHANGING.indexOf('held_nanos') + 1})) END,
    quoted_facts_id = CASE WHEN quoted_input IS NOT NULL THEN coalesce(quoted_facts_id, ?${CHANGING.length + 1}) END
    WHERE n = ?${CHANGING.length + 2}`,
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
  closedCall: `SELECT n, admitted_ms, ${RECORD} FROM call WHERE id = ?`,
  unfinished: `SELECT n, admitted_ms, ${RECORD} FROM call WHERE state IN ${UNFINISHED} ORDER BY n`,
  eventsOfCall: `SELECT ${ENTRY} FROM entry WHERE call_n = ? ORDER BY seq`,
  keepLastSeq: "INSERT OR REPLACE INTO meta (key, value) VALUES ('last-seq', ?)",
  pruneCalls: `DELETE FROM call WHERE started_ms < ? AND state NOT IN ${UNFINISHED}`,
  pruneCallEvents: 'DELETE FROM event WHERE call_n IS NOT NULL AND call_n NOT IN (SELECT n FROM call)',
  pruneEvents: `DELETE FROM event WHERE call_n IS NULL AND at_ms < ? AND type NOT IN (${[...BUDGET_EVENTS, ...TRAFFIC_EVENTS].map(typeNumber).join(', ')})`,
  pruneBudgetEvents: `DELETE FROM event WHERE call_n IS NULL AND at_ms < ? AND type IN (${BUDGET_EVENTS.map(typeNumber).join(', ')})`,
  pruneRollups: 'DELETE FROM rollup WHERE bucket_ms < ?',
  pruneImported: 'DELETE FROM imported WHERE at_ms < ?',
  pruneResponses: 'DELETE FROM response WHERE at_ms < ?',
} as const

export type Statements = Record<keyof typeof SQL, Statement>

export function prepareAll(database: Database): Statements {
  return Object.fromEntries(Object.entries(SQL).map(([name, sql]) => [name, database.prepare(sql)])) as Statements
}
