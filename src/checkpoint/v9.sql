-- Format 9: what this organisation's Close was observed to do, as a word or number of ours, in place of
-- organization_fact, which no version wrote.
DROP TABLE organization_fact;

CREATE TABLE facts (
    name       TEXT PRIMARY KEY,
    value      TEXT NOT NULL,
    learned_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
