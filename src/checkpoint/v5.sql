-- Format 5: what Close refused to do to a message that it holds is remembered, so that it can be
-- asked for again and nothing else with it.

-- The code of the refusal, until something is done about it.
ALTER TABLE message ADD COLUMN refused TEXT;
