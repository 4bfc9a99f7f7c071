-- Format 6: WhatsApp's own ids of messages that are in Close under derived ones, and the leads that
-- `match --create-missing` makes.

-- Close cannot change an external id, so a message keeps the one that it was imported under. The id
-- that a later archive knows it by stands here, and finds it without looking at what it says.
CREATE TABLE alias (
    native_id TEXT NOT NULL,
    message   INTEGER NOT NULL REFERENCES message (id) ON DELETE CASCADE,
    PRIMARY KEY (native_id, message)
) STRICT, WITHOUT ROWID;

CREATE INDEX alias_message ON alias (message);

-- A lead with one contact, made for a number: a keyed hash of it, never the number. The states are
-- those of messages.
CREATE TABLE made_lead (
    number_hash BLOB PRIMARY KEY CHECK (length(number_hash) = 16),
    state       INTEGER NOT NULL CHECK (state BETWEEN 1 AND 5),
    lead_id     TEXT,
    contact_id  TEXT,
    failure     TEXT,
    run         INTEGER NOT NULL REFERENCES run (id),
    CHECK ((state = 3) = (lead_id IS NOT NULL)),
    CHECK ((state = 3) = (contact_id IS NOT NULL)),
    CHECK ((state = 4) = (failure IS NOT NULL))
) STRICT, WITHOUT ROWID;
