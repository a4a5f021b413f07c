const HOUR_MS = 3_600_000
const SUMS = [
  'calls',
  'refused',
  'cost_nanos',
  'ceiling_nanos',
  'uncached_input',
  'cache_read',
  'cache_write_5m',
  'cache_write_1h',
  'output',
  'reasoning',
  'audio_input',
  'audio_output',
  'image_input',
  'image_output',
  'estimated',
]
const added = SUMS.map((name) => `new.${name}`).join(', ')
const upserted = SUMS.map((name) => `${name} = ${name} + excluded.${name}`).join(', ')
const forgotten = SUMS.map((name) => `${name} = ${name} - old.${name}`).join(', ')
const difference = SUMS.map((name) => `${name} = ${name} + new.${name} - old.${name}`).join(', ')
const profileOf = (row: 'new' | 'old') => `(SELECT profile_id FROM dimensions WHERE id = ${row}.dimensions_id)`

/** Places in these lists are the numbers in the file. */
const STATES = ['waiting', 'asked', 'open', 'settled', 'released', 'expired', 'refused']
const TYPES = [
  'call.waiting',
  'call.asked',
  'call.answered',
  'call.admitted',
  'call.topped-up',
  'call.refused',
  'call.settled',
  'call.released',
  'call.expired',
  'call.repriced',
  'gateway.started',
  'gateway.stopped',
  'gap.recorded',
  'policy.changed',
  'rules.changed',
  'hosts.pending',
  'hosts.trusted',
  'policy.rejected',
  'budget.warned',
  'budget.raised',
  'traffic.paused',
  'traffic.resumed',
  'provider.unapproved',
]
const numbered = (column: string, names: readonly string[]) =>
  `CASE ${column} ${names.map((name, index) => `WHEN '${name}' THEN ${index}`).join(' ')} ELSE ${column} END`

/** A packed count of a version-4 record: its list is cut after the last that is not zero, and 0 where nothing was used. */
const count = (index: number, path: string) =>
  `CASE WHEN facts_id IS NULL THEN record ->> '$.usage.${path}'
    WHEN json_type(record, '$[10]') = 'array' THEN coalesce(record ->> '$[10][${index}]', 0) END`
const piece = (index: number) => `coalesce(record ->> '$[10][${index}]', 0)`
/** A member of a packed record, or of a whole one. */
const member = (index: number, path: string) =>
  `CASE WHEN facts_id IS NULL THEN record ->> '$.${path}' ELSE record ->> ${index} END`

/**
 * A call has a number: the place of its first event. Events and indexes name it by that instead of a text of 26
 * characters, repeated words are small numbers, and a row has columns instead of JSON. What a call's row tells (how it
 * was admitted and how it closed) has no row in `event`; `entry` is all that happened, told or written. A set of dimensions
 * is its profile with a session and a conversation, for old ones too; sums by profile have all that reports say. Records of versions 1 to 3 stay JSON, in `more`.
 */
export const migration005 = `
DROP VIEW dimensions_in_full;
DROP TRIGGER rollup_added;
DROP TRIGGER rollup_changed;
DROP TRIGGER rollup_forgotten;

DROP TABLE profile_hour;

CREATE TABLE dimensions_5 (id INTEGER PRIMARY KEY, profile_id INTEGER NOT NULL, session TEXT, conversation TEXT);
INSERT INTO dimensions_5 SELECT id, profile_id,
  CASE WHEN substr(body, 1, 1) = '[' THEN body ->> 1 ELSE body ->> '$.values.session' END, conversation FROM dimensions;

CREATE TABLE number (id TEXT PRIMARY KEY, n INTEGER NOT NULL) WITHOUT ROWID;
INSERT INTO number SELECT id, coalesce((SELECT min(event.seq) FROM event WHERE event.call_id = call.id), seq) FROM call;

CREATE TABLE call_5 (
  n INTEGER PRIMARY KEY,
  id TEXT NOT NULL,
  seq INTEGER NOT NULL,
  state INTEGER NOT NULL,
  started_ms INTEGER NOT NULL,
  waited_ms INTEGER,
  dimensions_id INTEGER NOT NULL,
  facts_id INTEGER,
  caller_id INTEGER,
  pid INTEGER,
  duration_ms INTEGER,
  first_byte_ms INTEGER,
  response_id TEXT,
  attempt INTEGER NOT NULL DEFAULT 1,
  step_mark TEXT,
  step_tools TEXT,
  context_tokens INTEGER,
  cost_nanos INTEGER NOT NULL DEFAULT 0,
  held_nanos INTEGER NOT NULL DEFAULT 0,
  clamped_to INTEGER,
  uncached_input INTEGER,
  cache_read INTEGER,
  cache_write_5m INTEGER,
  cache_write_1h INTEGER,
  output INTEGER,
  reasoning INTEGER,
  more TEXT,
  quoted_input INTEGER,
  quoted_input_nanos INTEGER,
  quoted_output INTEGER,
  quoted_worst_output INTEGER,
  quoted_output_rate INTEGER,
  quoted_hold_nanos INTEGER,
  quoted_hold_tokens INTEGER,
  quoted_context INTEGER,
  quoted_facts_id INTEGER,
  admitted_ms INTEGER AS (started_ms + waited_ms),
  tokens INTEGER AS (coalesce(uncached_input + cache_read + cache_write_5m + cache_write_1h + output, 0))
);
INSERT INTO call_5
  SELECT number.n, call.id, call.seq, ${numbered('state', STATES)}, started_ms, admitted_ms - started_ms, dimensions_id, facts_id, NULL, NULL,
    ${member(0, 'durationMs')}, ${member(1, 'firstByteMs')}, ${member(2, 'responseId')}, coalesce(${member(4, 'attempt')}, 1),
    ${member(5, 'step.mark')}, CASE WHEN facts_id IS NOT NULL AND json_type(record, '$[6]') = 'array' THEN record -> 6 END,
    ${member(7, 'contextTokens')}, cost_nanos, CASE WHEN facts_id IS NULL THEN 0 ELSE record ->> 8 END,
    ${member(9, 'clampedTo')},
    ${count(0, 'uncachedInput')}, ${count(1, 'cacheRead')}, ${count(2, 'cacheWrite5m')}, ${count(3, 'cacheWrite1h')},
    ${count(4, 'output')}, ${count(5, 'reasoning')},
    CASE WHEN facts_id IS NULL THEN record
      WHEN ${piece(6)} + ${piece(7)} + ${piece(8)} + ${piece(9)} > 0
        THEN json_set(coalesce(record -> 11, '{}'), '$.media', json_array(${piece(6)}, ${piece(7)}, ${piece(8)}, ${piece(9)}))
      ELSE record -> 11 END,
    first.body ->> 0, first.body ->> 1, first.body ->> 2, first.body ->> 3, first.body ->> 4, first.body ->> 5, first.body ->> 6,
    first.body ->> 7, first.body ->> 8
  FROM number JOIN call ON call.id = number.id
    LEFT JOIN event AS first ON first.seq = number.n AND first.type = 'call.admitted' AND substr(first.body, 1, 1) = '[';

CREATE TABLE event_5 (seq INTEGER PRIMARY KEY, at_ms INTEGER NOT NULL, type INTEGER NOT NULL, call_n INTEGER, body TEXT NOT NULL);
INSERT INTO event_5
  SELECT event.seq, at_ms, ${numbered('type', TYPES)}, call_5.n, body
  FROM event LEFT JOIN number ON number.id = event.call_id LEFT JOIN call_5 ON call_5.n = number.n
  WHERE call_id IS NULL OR (call_5.n IS NOT NULL
    AND NOT (type = 'call.admitted' AND event.seq = call_5.n AND substr(body, 1, 1) = '[')
    AND NOT (body = '' AND event.seq = call_5.seq AND at_ms = started_ms + duration_ms));
-- The number of an event is never given again, also when the last ones have been forgotten.
INSERT INTO meta SELECT 'last-seq', seq FROM sqlite_sequence WHERE name = 'event';

DROP TABLE number;
DROP TABLE event;
DROP TABLE call;
DROP TABLE dimensions;
ALTER TABLE dimensions_5 RENAME TO dimensions;
ALTER TABLE call_5 RENAME TO call;
ALTER TABLE event_5 RENAME TO event;

CREATE TABLE profile_hour (
  hour_ms INTEGER NOT NULL, profile_id INTEGER NOT NULL, ${SUMS.map((name) => `${name} INTEGER NOT NULL`).join(', ')},
  PRIMARY KEY (hour_ms, profile_id)
) WITHOUT ROWID;
INSERT INTO profile_hour (hour_ms, profile_id, ${SUMS.join(', ')})
  SELECT bucket_ms - bucket_ms % ${HOUR_MS} AS hour_ms, profile_id, ${SUMS.map((name) => `sum(${name})`).join(', ')}
  FROM rollup JOIN dimensions ON dimensions.id = dimensions_id GROUP BY hour_ms, profile_id;

CREATE INDEX dimensions_of_conversation ON dimensions (conversation, session, profile_id);
CREATE INDEX dimensions_of_session ON dimensions (session) WHERE session IS NOT NULL;
CREATE INDEX dimensions_of_profile ON dimensions (profile_id);
CREATE INDEX event_of_call ON event (call_n) WHERE call_n IS NOT NULL;
CREATE INDEX event_of_gateway ON event (type) WHERE call_n IS NULL;
CREATE UNIQUE INDEX call_by_id ON call (id);
CREATE INDEX call_by_seq ON call (seq);
-- All that a list of calls is filtered and sorted by, so that only the rows shown are read.
CREATE INDEX call_by_start ON call (started_ms, dimensions_id, state, waited_ms, cost_nanos, tokens);
CREATE INDEX call_by_dimensions ON call (dimensions_id, started_ms);
-- The costliest calls of months are found from the top, instead of sorting them all.
CREATE INDEX call_by_cost ON call (cost_nanos, started_ms, dimensions_id, state);
CREATE INDEX call_unfinished ON call (state) WHERE state IN (0, 1, 2);
-- Notices ask for refused calls only.
CREATE INDEX call_refused ON call (started_ms) WHERE state = 6;

CREATE VIEW entry AS
  SELECT seq, at_ms, type, call_n, body FROM event
  UNION ALL
  SELECT n, started_ms + waited_ms, 3, n, NULL FROM call WHERE quoted_input IS NOT NULL
  UNION ALL
  SELECT seq, started_ms + duration_ms, CASE state WHEN 3 THEN 6 WHEN 5 THEN 8 ELSE 5 END, n, NULL
  FROM call WHERE state IN (3, 5, 6) AND NOT EXISTS (SELECT 1 FROM event WHERE event.seq = call.seq);

CREATE TRIGGER rollup_added AFTER INSERT ON rollup BEGIN
  INSERT INTO profile_hour (hour_ms, profile_id, ${SUMS.join(', ')})
    VALUES (new.bucket_ms - new.bucket_ms % ${HOUR_MS}, ${profileOf('new')}, ${added})
    ON CONFLICT (hour_ms, profile_id) DO UPDATE SET ${upserted};
END;
CREATE TRIGGER rollup_changed AFTER UPDATE ON rollup BEGIN
  UPDATE profile_hour SET ${difference}
  WHERE hour_ms = new.bucket_ms - new.bucket_ms % ${HOUR_MS} AND profile_id = ${profileOf('new')};
END;
CREATE TRIGGER rollup_forgotten AFTER DELETE ON rollup BEGIN
  UPDATE profile_hour SET ${forgotten}
  WHERE hour_ms = old.bucket_ms - old.bucket_ms % ${HOUR_MS} AND profile_id = ${profileOf('old')};
  DELETE FROM profile_hour WHERE hour_ms = old.bucket_ms - old.bucket_ms % ${HOUR_MS} AND calls = 0 AND refused = 0;
END;
`
