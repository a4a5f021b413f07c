/**
 * What repeats from call to call is written once. `facts` has what calls of a program to a model have in common; a call's
 * `record` is then the rest of it, and its events say only what the record does not. A set of dimensions is its profile
 * with a session and a conversation. Rows of older versions stay as they are and are read as they were.
 */
export const migration004 = `
CREATE TABLE facts (id INTEGER PRIMARY KEY, body TEXT NOT NULL UNIQUE);
ALTER TABLE call ADD COLUMN facts_id INTEGER REFERENCES facts (id);

-- Only for rows that come without their profile.
DROP TRIGGER dimensions_profile;
CREATE TRIGGER dimensions_profile AFTER INSERT ON dimensions WHEN new.profile_id IS NULL BEGIN
  INSERT OR IGNORE INTO profile (body) VALUES (json_remove(new.body, '$.values.session', '$.values.conversation'));
  UPDATE dimensions SET
    profile_id = (SELECT id FROM profile WHERE body = json_remove(new.body, '$.values.session', '$.values.conversation')),
    session = coalesce(new.body ->> '$.values.session', new.body ->> '$.values.conversation'),
    conversation = new.body ->> '$.values.conversation'
  WHERE id = new.id;
END;

-- A short body is [profile, session, conversation]; merging a null leaves the name out.
CREATE VIEW dimensions_in_full AS
  SELECT id, profile_id, session, conversation, CASE WHEN substr(dimensions.body, 1, 1) = '['
    THEN (SELECT json_patch(profile.body, json_object('values',
      json_object('session', dimensions.body ->> 1, 'conversation', dimensions.body ->> 2))) FROM profile WHERE profile.id = dimensions.profile_id)
    ELSE dimensions.body END AS body
  FROM dimensions;
`
