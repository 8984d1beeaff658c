-- Marks open incidents whose deadline has passed. The condition implies that of incident_due_idx.
UPDATE incident
SET breached = true
WHERE due_at <= now()
    AND NOT breached
    AND status IN (1, 2, 3, 4, 10, 11)
