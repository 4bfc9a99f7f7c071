-- Format 1. Never edited once released: a later format is a step of its own in schema.rs.
-- No column holds message text, a name or a phone number: ids, states, times (Unix milliseconds),
-- sizes (bytes) and hashes keyed by meta.hash_key.

CREATE TABLE meta (
    id               INTEGER PRIMARY KEY CHECK (id = 1),
    identity_version INTEGER NOT NULL,
    organization_id  TEXT NOT NULL,
    base_url         TEXT NOT NULL,
    hash_key         BLOB NOT NULL CHECK (length(hash_key) = 32),
    created_at       INTEGER NOT NULL,
    created_by       TEXT NOT NULL
) STRICT;

CREATE TABLE run (
    id         INTEGER PRIMARY KEY,
    started_at INTEGER NOT NULL,
    program    TEXT NOT NULL,
    ended_at   INTEGER,
    outcome    TEXT,
    CHECK ((ended_at IS NULL) = (outcome IS NULL))
) STRICT;

CREATE TABLE run_count (
    run   INTEGER NOT NULL REFERENCES run (id),
    name  TEXT NOT NULL,
    value INTEGER NOT NULL,
    PRIMARY KEY (run, name)
) STRICT, WITHOUT ROWID;

CREATE TABLE lead (
    id      INTEGER PRIMARY KEY,
    lead_id TEXT NOT NULL UNIQUE
) STRICT;

CREATE TABLE chat (
    id         INTEGER PRIMARY KEY,
    chat_hash  BLOB NOT NULL UNIQUE CHECK (length(chat_hash) = 16),
    lead       INTEGER NOT NULL REFERENCES lead (id),
    contact_id TEXT
) STRICT;

CREATE INDEX chat_contact ON chat (contact_id) WHERE contact_id IS NOT NULL;

CREATE TABLE chat_pair (
    pair_hash BLOB NOT NULL CHECK (length(pair_hash) = 16),
    chat      INTEGER NOT NULL REFERENCES chat (id),
    PRIMARY KEY (pair_hash, chat)
) STRICT, WITHOUT ROWID;

CREATE INDEX chat_pair_chat ON chat_pair (chat);

-- state: 1 intent, 2 unknown, 3 done, 4 failed, 5 absent. origin: 1 created, 2 adopted.
-- response_to: the external id answered to. identity: 0 a native id, n derived by version n.
-- run: the run that last changed the row.
CREATE TABLE message (
    id          INTEGER PRIMARY KEY,
    external_id TEXT NOT NULL,
    lead        INTEGER NOT NULL REFERENCES lead (id),
    chat        INTEGER NOT NULL REFERENCES chat (id),
    state       INTEGER NOT NULL CHECK (state BETWEEN 1 AND 5),
    origin      INTEGER NOT NULL CHECK (origin IN (1, 2)),
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
    UNIQUE (external_id, lead),
    CHECK ((state = 3) = (activity_id IS NOT NULL)),
    CHECK ((state = 4) = (failure IS NOT NULL))
) STRICT;

CREATE INDEX message_chat ON message (chat);
CREATE INDEX message_unsettled ON message (state) WHERE state IN (1, 2);
