-- Format 4: answers are found by what they answer, so that a link that leads nowhere can be noted
-- when its target goes.

CREATE INDEX message_response ON message (response_to) WHERE response_to IS NOT NULL;

-- Links to what was removed, or posted anew somewhere else, may lead nowhere: they are set again.
UPDATE message SET linked = 0 WHERE linked = 1 AND state = 3
    AND response_to IN (SELECT external_id FROM message WHERE state IN (5, 6));
