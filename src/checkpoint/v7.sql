-- Format 7: what is known of a message beyond what Close shows of it, where it came from, operations
-- of several steps, and what Close answered. NULL in every new column of a row: not known.
-- No column holds content: ids, states, times (Unix milliseconds), sizes, and hashes keyed by
-- meta.hash_key.

-- An archive as it is matched: the messages of one chat in one archive. digest: the keyed hash of
-- the transcript's bytes, or of the rows that a database holds of the chat.
CREATE TABLE archive (
    id        INTEGER PRIMARY KEY,
    chat      INTEGER NOT NULL REFERENCES chat (id),
    digest    BLOB NOT NULL CHECK (length(digest) = 16),
    -- What is added to its instants, as its zone gives them: the archive was made in another zone.
    shift_ms  INTEGER CHECK (shift_ms BETWEEN -93600000 AND 93600000),
    -- The date of the transcript's entry, and the instant of its last message.
    dated_at  INTEGER,
    last_at   INTEGER,
    first_run INTEGER NOT NULL REFERENCES run (id),
    UNIQUE (chat, digest)
) STRICT;

CREATE INDEX archive_digest ON archive (digest);

-- A file with archives in it, as the last complete run saw it: the keyed hash of its name, size and
-- date. Whether a file is new or changed is known without opening it.
CREATE TABLE archive_file (
    seen_hash BLOB PRIMARY KEY CHECK (length(seen_hash) = 16),
    run       INTEGER NOT NULL REFERENCES run (id)
) STRICT, WITHOUT ROWID;

-- The keyed hash of the canonical body: two messages have equal content when and only when these
-- are equal.
ALTER TABLE message ADD COLUMN content_hash BLOB CHECK (content_hash IS NULL OR length(content_hash) = 16);
-- 1 text, 2 file, 3 place, 4 card, 5 poll, 6 event, 7 call, 8 deleted, 9 other.
ALTER TABLE message ADD COLUMN class INTEGER CHECK (class BETWEEN 1 AND 9);
-- 1: its sender edited it.
ALTER TABLE message ADD COLUMN edited INTEGER CHECK (edited IN (0, 1));
-- 1: its sender deleted it, whatever an older archive holds of it.
ALTER TABLE message ADD COLUMN deleted INTEGER CHECK (deleted IN (0, 1));
-- 1: activity_at comes from a source that holds instants, such as a database.
ALTER TABLE message ADD COLUMN exact INTEGER CHECK (exact IN (0, 1));
-- 1: activity_at has seconds; 0: its source cuts them.
ALTER TABLE message ADD COLUMN seconds INTEGER CHECK (seconds IN (0, 1));
-- In groups: the keyed hash of who wrote it.
ALTER TABLE message ADD COLUMN author_hash BLOB CHECK (author_hash IS NULL OR length(author_hash) = 16);
-- The archive that gave the text.
ALTER TABLE message ADD COLUMN source INTEGER REFERENCES archive (id);
-- The run that created it in Close, and the last one that changed it there.
ALTER TABLE message ADD COLUMN created_run INTEGER REFERENCES run (id);
ALTER TABLE message ADD COLUMN updated_run INTEGER REFERENCES run (id);

-- The files of a message, in their order. file_hash: the keyed hash of size and CRC.
CREATE TABLE message_file (
    message   INTEGER NOT NULL REFERENCES message (id) ON DELETE CASCADE,
    ordinal   INTEGER NOT NULL CHECK (ordinal >= 0),
    file_hash BLOB NOT NULL CHECK (length(file_hash) = 16),
    size      INTEGER NOT NULL CHECK (size >= 0),
    PRIMARY KEY (message, ordinal)
) STRICT, WITHOUT ROWID;

-- What Close answered when it took a message: keyed hashes of the text, of the numbers, and of the
-- names and sizes of the files, and the instant. A table of its own, since only commands that
-- compare with Close read it.
CREATE TABLE answer (
    message     INTEGER PRIMARY KEY REFERENCES message (id) ON DELETE CASCADE,
    text_hash   BLOB CHECK (text_hash IS NULL OR length(text_hash) = 16),
    people_hash BLOB CHECK (people_hash IS NULL OR length(people_hash) = 16),
    files_hash  BLOB CHECK (files_hash IS NULL OR length(files_hash) = 16),
    at          INTEGER
) STRICT;

-- Where a deleted message stands: keyed hashes of the external ids of the messages before and after
-- it. NULL: it was the first, or the last, that the archive held.
CREATE TABLE deletion (
    message     INTEGER PRIMARY KEY REFERENCES message (id) ON DELETE CASCADE,
    before_hash BLOB CHECK (before_hash IS NULL OR length(before_hash) = 16),
    after_hash  BLOB CHECK (after_hash IS NULL OR length(after_hash) = 16)
) STRICT;

-- The inputs of a chat as the last complete run read them (archives, rows of tables, policies), in
-- one keyed hash, and the versions of the parser and of the matching that read them.
CREATE TABLE chat_digest (
    chat     INTEGER PRIMARY KEY REFERENCES chat (id),
    digest   BLOB NOT NULL CHECK (length(digest) = 16),
    run      INTEGER NOT NULL REFERENCES run (id),
    parser   INTEGER NOT NULL CHECK (parser >= 0),
    matching INTEGER NOT NULL CHECK (matching >= 0)
) STRICT;

-- An operation of several steps. An open one is finished by the next run, from this row alone.
-- kind: 1 replace, 2 restore, 3 relink, 4 create lead, 5 undo, 6 remove.
-- step: 1 planned, 2 posted, 3 deleted, 4 cleared, 5 linked, 6 created, 7 written, 8 given up.
-- Which steps a kind has, and which close it: steps.rs.
CREATE TABLE operation (
    id              INTEGER PRIMARY KEY,
    kind            INTEGER NOT NULL CHECK (kind BETWEEN 1 AND 6),
    step            INTEGER NOT NULL CHECK (step BETWEEN 1 AND 8),
    open            INTEGER NOT NULL CHECK (open IN (0, 1)),
    -- What it is about: a message where it is recorded, or the keyed hash of a number.
    external_id     TEXT,
    source_lead     INTEGER REFERENCES lead (id),
    number_hash     BLOB CHECK (number_hash IS NULL OR length(number_hash) = 16),
    source_activity TEXT,
    chat            INTEGER REFERENCES chat (id),
    -- Where it leads. target_id: the external id there; NULL: the same.
    target_id       TEXT,
    target_lead     INTEGER REFERENCES lead (id),
    target_activity TEXT,
    created_run     INTEGER NOT NULL REFERENCES run (id),
    updated_run     INTEGER NOT NULL REFERENCES run (id),
    CHECK ((kind = 4) = (number_hash IS NOT NULL)),
    CHECK ((kind = 4) = (external_id IS NULL)),
    CHECK ((kind = 4) = (source_lead IS NULL)),
    CHECK (kind <> 1 OR target_lead IS NOT NULL),
    CHECK (open = NOT (step IN (3, 5, 7, 8) OR (kind = 2 AND step = 2))),
    CHECK (step <> 2 OR target_activity IS NOT NULL),
    CHECK (step <> 6 OR target_lead IS NOT NULL)
) STRICT;

-- Of one kind, a message or a number has one open operation.
CREATE UNIQUE INDEX operation_open_message ON operation (kind, external_id, source_lead)
    WHERE open = 1 AND external_id IS NOT NULL;
CREATE UNIQUE INDEX operation_open_number ON operation (kind, number_hash)
    WHERE open = 1 AND number_hash IS NOT NULL;

CREATE INDEX operation_open ON operation (id) WHERE open = 1;

-- A move that an earlier format left half done: its message is, or may be, on the lead of its chat,
-- and still on another one.
INSERT INTO operation (kind, step, open, external_id, source_lead, source_activity, chat,
                       target_lead, target_activity, created_run, updated_run)
SELECT 1, iif(target.state = 3, 2, 1), 1, source.external_id, source.lead, source.activity_id,
       target.chat, target.lead, target.activity_id, target.run, target.run
FROM message source
JOIN chat ON chat.id = source.chat AND chat.lead <> source.lead
JOIN lead ON lead.id = source.lead AND lead.merged_into IS NULL
JOIN message target ON target.external_id = source.external_id AND target.lead = chat.lead
                    AND target.chat = source.chat
WHERE source.state = 3 AND source.origin = 1 AND target.state IN (1, 2, 3);

-- A person whom `forget` erased: the keyed hash of the number.
CREATE TABLE erasure (
    number_hash BLOB PRIMARY KEY CHECK (length(number_hash) = 16),
    run         INTEGER NOT NULL REFERENCES run (id),
    erased_at   INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- What this organisation's Close was seen to do, by a word of ours.
CREATE TABLE organization_fact (
    name    TEXT PRIMARY KEY,
    value   INTEGER NOT NULL,
    run     INTEGER NOT NULL REFERENCES run (id),
    seen_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- What a run was: its command, the Close user whose key it used, the keyed hash of its plan and that
-- of the folder that it read.
ALTER TABLE run ADD COLUMN command TEXT;
ALTER TABLE run ADD COLUMN user_id TEXT;
ALTER TABLE run ADD COLUMN plan_digest BLOB CHECK (plan_digest IS NULL OR length(plan_digest) = 16);
ALTER TABLE run ADD COLUMN folder_digest BLOB CHECK (folder_digest IS NULL OR length(folder_digest) = 16);

-- Where this file stands in a shared log of changes; NULL: it is not shared.
ALTER TABLE meta ADD COLUMN log_epoch INTEGER;
ALTER TABLE meta ADD COLUMN log_position INTEGER;
