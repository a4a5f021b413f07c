/**
 * History from the session files of agents: a table of its own, so that nothing that caps, forecasts or guards read can
 * ever meet it. One row for each answer of a model; the id is the same for every copy of it.
 */
const COLUMNS = `(
  id TEXT PRIMARY KEY,
  at_ms INTEGER NOT NULL,
  agent TEXT NOT NULL,
  provider TEXT NOT NULL,
  model TEXT NOT NULL,
  session TEXT NOT NULL,
  project TEXT,
  branch TEXT,
  cost_nanos INTEGER NOT NULL,
  ceiling_nanos INTEGER NOT NULL,
  uncached_input INTEGER NOT NULL,
  cache_read INTEGER NOT NULL,
  cache_write_5m INTEGER NOT NULL,
  cache_write_1h INTEGER NOT NULL,
  output INTEGER NOT NULL,
  reasoning INTEGER NOT NULL
) WITHOUT ROWID`

export const migration006 = `
CREATE TABLE imported ${COLUMNS};
CREATE INDEX imported_by_time ON imported (at_ms);
CREATE INDEX imported_by_session ON imported (session);
`

/** On one connection, and in front of the real one until it is closed: for trying out an import. */
export const scratchImported = `CREATE TEMP TABLE imported ${COLUMNS};`
