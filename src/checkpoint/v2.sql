-- Format 2: what a message was, closely enough to see that a newer export has more of it.
-- NULL in rows of format 1: not known.

-- The keyed hash of the sizes and CRCs of its files.
ALTER TABLE message ADD COLUMN media_hash BLOB CHECK (media_hash IS NULL OR length(media_hash) = 16);
-- The keyed hash of contact, user and numbers.
ALTER TABLE message ADD COLUMN people_hash BLOB CHECK (people_hash IS NULL OR length(people_hash) = 16);

-- The zone in which the times of the chat's messages were read, by its name in the time zone
-- database.
ALTER TABLE chat ADD COLUMN zone TEXT;

-- Unix milliseconds: the time under which the message was first recorded. Its order among the
-- others stays, whatever is corrected later, half done or done. NULL: activity_at.
ALTER TABLE message ADD COLUMN first_at INTEGER;

-- 1: a change was about to leave, and whether Close took it is not known.
ALTER TABLE message ADD COLUMN changing INTEGER NOT NULL DEFAULT 0 CHECK (changing IN (0, 1));
