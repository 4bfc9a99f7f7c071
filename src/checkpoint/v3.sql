-- Format 3: messages that are no longer in Close, leads that were merged, and what kind of message
-- a row is of. SQLite cannot widen a CHECK, so the table is written anew.

CREATE TABLE message_3 (
    id          INTEGER PRIMARY KEY,
    external_id TEXT NOT NULL,
    lead        INTEGER NOT NULL REFERENCES lead (id),
    chat        INTEGER NOT NULL REFERENCES chat (id),
    -- 1 intent, 2 unknown, 3 done, 4 failed, 5 absent, 6 gone.
    state       INTEGER NOT NULL CHECK (state BETWEEN 1 AND 6),
    -- 1 created, 2 adopted, 3 adopted and created by another user's key.
    origin      INTEGER NOT NULL CHECK (origin IN (1, 2, 3)),
    activity_id TEXT,
    activity_at INTEGER NOT NULL,
    body_hash   BLOB NOT NULL CHECK (length(body_hash) = 16),
    media_count INTEGER NOT NULL CHECK (media_count >= 0),
    media_bytes INTEGER NOT NULL CHECK (media_bytes >= 0),
    response_to TEXT,
    linked      INTEGER NOT NULL CHECK (linked IN (0, 1)),
    failure     TEXT,
    attempts    INTEGER NOT NULL CHECK (attempts >= 0),
    identity    INTEGER NOT NULL CHECK (identity >= 0),
    run         INTEGER NOT NULL REFERENCES run (id),
    media_hash  BLOB CHECK (media_hash IS NULL OR length(media_hash) = 16),
    people_hash BLOB CHECK (people_hash IS NULL OR length(people_hash) = 16),
    first_at    INTEGER,
    changing    INTEGER NOT NULL DEFAULT 0 CHECK (changing IN (0, 1)),
    -- 0 incoming, 1 outgoing; NULL in rows of formats 1 and 2: not known.
    side        INTEGER CHECK (side IN (0, 1)),
    -- 1: a file, or the line that stands for one; NULL: not known.
    media       INTEGER CHECK (media IN (0, 1)),
    UNIQUE (external_id, lead),
    CHECK ((state = 3) = (activity_id IS NOT NULL)),
    CHECK ((state = 4) = (failure IS NOT NULL))
) STRICT;

INSERT INTO message_3 (
    id, external_id, lead, chat, state, origin, activity_id, activity_at, body_hash, media_count,
    media_bytes, response_to, linked, failure, attempts, identity, run, media_hash, people_hash,
    first_at, changing)
SELECT
    id, external_id, lead, chat, state, origin, activity_id, activity_at, body_hash, media_count,
    media_bytes, response_to, linked, failure, attempts, identity, run, media_hash, people_hash,
    first_at, changing
FROM message ORDER BY id;

DROP TABLE message;
ALTER TABLE message_3 RENAME TO message;
CREATE INDEX message_chat ON message (chat);
CREATE INDEX message_unsettled ON message (state) WHERE state IN (1, 2);

-- The lead that this one was merged into, where we followed it there.
ALTER TABLE lead ADD COLUMN merged_into INTEGER REFERENCES lead (id);
