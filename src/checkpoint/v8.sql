-- Format 8: a lead that `match` creates, and the link of an answer whose target has another activity,
-- are operations, like everything else that takes several steps.

-- The contact of a created lead.
ALTER TABLE operation ADD COLUMN target_contact TEXT
    CHECK ((target_contact IS NOT NULL) = (kind = 4 AND step IN (6, 7)));

-- What is known of a number stays when its operation is finished.
CREATE INDEX operation_number ON operation (number_hash) WHERE number_hash IS NOT NULL;

-- 1 intent and 2 unknown: the lead may be in Close. 3 done: it is, and contacts.csv may lack it. Of
-- a lead that was refused, or is known not to be there, nothing is left to do.
INSERT INTO lead (lead_id)
SELECT lead_id FROM made_lead WHERE state = 3 ON CONFLICT DO NOTHING;
INSERT INTO operation (kind, step, open, number_hash, target_lead, target_contact, created_run,
                       updated_run)
SELECT 4, iif(made.state = 3, 6, 1), 1, made.number_hash, lead.id, made.contact_id, made.run, made.run
FROM made_lead made LEFT JOIN lead ON lead.lead_id = made.lead_id
WHERE made.state IN (1, 2, 3);

DROP TABLE made_lead;

CREATE INDEX operation_open_relink ON operation (target_id) WHERE open = 1 AND kind = 3;

-- An answer in Close that is not linked, though what it answers is there: on its own lead, or on one
-- other lead alone. What another key created is not changed.
INSERT INTO operation (kind, step, open, external_id, source_lead, source_activity, chat, target_id,
                       target_lead, target_activity, created_run, updated_run)
SELECT 3, 1, 1, answer.external_id, answer.lead, answer.activity_id, answer.chat, target.external_id,
       target.lead, target.activity_id, answer.run, answer.run
FROM message answer
JOIN message target ON target.external_id = answer.response_to AND target.state = 3
WHERE answer.state = 3 AND answer.linked = 0 AND answer.origin <> 3
AND (target.lead = answer.lead OR 1 = (SELECT count(*) FROM message other
     WHERE other.external_id = answer.response_to AND other.state = 3));
