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
]

const columns = SUMS.join(', ')
const declared = SUMS.map((name) => `${name} INTEGER NOT NULL`).join(', ')
const added = SUMS.map((name) => `new.${name}`).join(', ')
const upserted = SUMS.map((name) => `${name} = ${name} + excluded.${name}`).join(', ')
const forgotten = SUMS.map((name) => `${name} = ${name} - old.${name}`).join(', ')
const difference = SUMS.map((name) => `${name} = ${name} + new.${name} - old.${name}`).join(', ')

/**
 * A profile is a set of dimensions without its session and conversation: of a million calls there are hundreds, where
 * sets of dimensions are as many as conversations. `profile_hour` sums by profile and hour, so that months are read in
 * milliseconds. Triggers keep it: every write to `rollup` writes it too, in the same transaction.
 */
export const migration003 = `
CREATE TABLE profile (id INTEGER PRIMARY KEY, body TEXT NOT NULL UNIQUE);
ALTER TABLE dimensions ADD COLUMN profile_id INTEGER REFERENCES profile (id);
ALTER TABLE dimensions ADD COLUMN session TEXT;
ALTER TABLE dimensions ADD COLUMN conversation TEXT;
INSERT OR IGNORE INTO profile (body) SELECT json_remove(body, '$.values.session', '$.values.conversation') FROM dimensions;
UPDATE dimensions SET
  profile_id = (SELECT id FROM profile WHERE profile.body = json_remove(dimensions.body, '$.values.session', '$.values.conversation')),
  session = coalesce(body ->> '$.values.session', body ->> '$.values.conversation'),
  conversation = body ->> '$.values.conversation';
CREATE INDEX dimensions_of_profile ON dimensions (profile_id);
CREATE INDEX dimensions_of_session ON dimensions (session);
CREATE INDEX dimensions_of_conversation ON dimensions (conversation);
CREATE INDEX rollup_by_dimensions ON rollup (dimensions_id, bucket_ms);

CREATE TABLE profile_hour (
  hour_ms INTEGER NOT NULL, profile_id INTEGER NOT NULL REFERENCES profile (id), ${declared},
  PRIMARY KEY (hour_ms, profile_id)
) WITHOUT ROWID;
INSERT INTO profile_hour (hour_ms, profile_id, ${columns})
  SELECT bucket_ms - bucket_ms % ${HOUR_MS} AS hour_ms, profile_id, ${SUMS.map((name) => `sum(${name})`).join(', ')}
  FROM rollup JOIN dimensions ON dimensions.id = dimensions_id GROUP BY hour_ms, profile_id;

CREATE TRIGGER dimensions_profile AFTER INSERT ON dimensions BEGIN
  INSERT OR IGNORE INTO profile (body) VALUES (json_remove(new.body, '$.values.session', '$.values.conversation'));
  UPDATE dimensions SET
    profile_id = (SELECT id FROM profile WHERE body = json_remove(new.body, '$.values.session', '$.values.conversation')),
    session = coalesce(new.body ->> '$.values.session', new.body ->> '$.values.conversation'),
    conversation = new.body ->> '$.values.conversation'
  WHERE id = new.id;
END;
CREATE TRIGGER rollup_added AFTER INSERT ON rollup BEGIN
  INSERT INTO profile_hour (hour_ms, profile_id, ${columns})
    VALUES (new.bucket_ms - new.bucket_ms % ${HOUR_MS}, (SELECT profile_id FROM dimensions WHERE id = new.dimensions_id), ${added})
    ON CONFLICT (hour_ms, profile_id) DO UPDATE SET ${upserted};
END;
CREATE TRIGGER rollup_changed AFTER UPDATE ON rollup BEGIN
  UPDATE profile_hour SET ${difference}
  WHERE hour_ms = new.bucket_ms - new.bucket_ms % ${HOUR_MS}
    AND profile_id = (SELECT profile_id FROM dimensions WHERE id = new.dimensions_id);
END;
CREATE TRIGGER rollup_forgotten AFTER DELETE ON rollup BEGIN
  UPDATE profile_hour SET ${forgotten}
  WHERE hour_ms = old.bucket_ms - old.bucket_ms % ${HOUR_MS}
    AND profile_id = (SELECT profile_id FROM dimensions WHERE id = old.dimensions_id);
  DELETE FROM profile_hour WHERE hour_ms = old.bucket_ms - old.bucket_ms % ${HOUR_MS} AND calls = 0 AND refused = 0;
END;

DROP INDEX call_by_start;
-- All that a list of calls is filtered and sorted by, so that only the rows shown are read.
CREATE INDEX call_by_start ON call (started_ms, seq, dimensions_id, state, admitted_ms, cost_nanos, tokens);
CREATE INDEX call_by_dimensions ON call (dimensions_id, started_ms);
-- The costliest calls of months are found from the top, instead of sorting them all.
CREATE INDEX call_by_cost ON call (cost_nanos, started_ms, seq, dimensions_id, state, admitted_ms);
`
