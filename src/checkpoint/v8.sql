-- Format 8: a lead that `match` creates is an operation, like everything else that takes several steps.

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
