/**
 * Events are the truth; `call`, `rollup` and `response` are projections, written in the same transaction.
 * `rollup` sums closed calls by quarter-hour (every zone's offset is a multiple of it) and by dimensions.
 */
export const migration001 = `
CREATE TABLE event (
  seq INTEGER PRIMARY KEY AUTOINCREMENT,
  at_ms INTEGER NOT NULL,
  type TEXT NOT NULL,
  call_id TEXT,
  body TEXT NOT NULL
);
CREATE INDEX event_of_call ON event (call_id, seq) WHERE call_id IS NOT NULL;
CREATE INDEX event_of_gateway ON event (type, seq) WHERE call_id IS NULL;

CREATE TABLE dimensions (id INTEGER PRIMARY KEY, body TEXT NOT NULL UNIQUE);

CREATE TABLE call (
  id TEXT PRIMARY KEY,
  seq INTEGER NOT NULL,
  state TEXT NOT NULL,
  started_ms INTEGER NOT NULL,
  admitted_ms INTEGER,
  dimensions_id INTEGER NOT NULL REFERENCES dimensions (id),
  cost_nanos INTEGER NOT NULL DEFAULT 0,
  ceiling_nanos INTEGER NOT NULL DEFAULT 0,
  tokens INTEGER NOT NULL DEFAULT 0,
  record TEXT NOT NULL
) WITHOUT ROWID;
CREATE INDEX call_by_start ON call (started_ms, seq);
CREATE INDEX call_by_seq ON call (seq);
CREATE INDEX call_unfinished ON call (state) WHERE state IN ('open', 'waiting', 'asked');

CREATE TABLE rollup (
  bucket_ms INTEGER NOT NULL,
  dimensions_id INTEGER NOT NULL REFERENCES dimensions (id),
  calls INTEGER NOT NULL,
  refused INTEGER NOT NULL,
  cost_nanos INTEGER NOT NULL,
  ceiling_nanos INTEGER NOT NULL,
  uncached_input INTEGER NOT NULL,
  cache_read INTEGER NOT NULL,
  cache_write_5m INTEGER NOT NULL,
  cache_write_1h INTEGER NOT NULL,
  output INTEGER NOT NULL,
  reasoning INTEGER NOT NULL,
  audio_input INTEGER NOT NULL,
  audio_output INTEGER NOT NULL,
  image_input INTEGER NOT NULL,
  image_output INTEGER NOT NULL,
  estimated INTEGER NOT NULL,
  PRIMARY KEY (bucket_ms, dimensions_id)
) WITHOUT ROWID;

CREATE TABLE response (id TEXT PRIMARY KEY, call_id TEXT NOT NULL, at_ms INTEGER NOT NULL) WITHOUT ROWID;
CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
`
