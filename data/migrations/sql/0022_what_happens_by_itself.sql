-- What happens to cases by itself: suspensions end, and limits that have passed go up the escalation ladder. And the role in
-- which somebody acted.

-- As it was then. Of events before this migration nobody knows it: an account may have had another role.
ALTER TABLE case_event ADD COLUMN account_role TEXT;

-- Steps of the escalation ladder that were taken for this limit as it ends now. Follows from the log.
ALTER TABLE case_timer ADD COLUMN told SMALLINT DEFAULT 0 NOT NULL;
CREATE INDEX case_timer_told_idx ON case_timer (told, due_at)
    WHERE stage = 'handling' AND done_at IS NULL AND due_at IS NOT NULL;

-- Suspensions that have an end and have not ended. Follows from the log; asked for by the program alone, once a second.
CREATE TABLE case_standstill (
    incident_id BIGINT NOT NULL,
    until TIMESTAMP WITH TIME ZONE NOT NULL,
    CONSTRAINT case_standstill_pkey PRIMARY KEY (incident_id)
);
CREATE INDEX case_standstill_until_idx ON case_standstill (until);

CREATE FUNCTION case_standstill_kept() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    IF NEW.act = 'suspend' THEN
        INSERT INTO case_standstill (incident_id, until)
        VALUES (NEW.incident_id, (NEW.facts ->> 'until')::timestamptz)
        ON CONFLICT (incident_id) DO UPDATE SET until = excluded.until;
    ELSE
        DELETE FROM case_standstill WHERE incident_id = NEW.incident_id;
    END IF;
    RETURN NULL;
END $$;

CREATE TRIGGER case_event_stands AFTER INSERT ON case_event
    FOR EACH ROW
    WHEN (NEW.act = 'resume' OR NEW.act = 'suspend' AND NEW.facts ? 'until')
    EXECUTE FUNCTION case_standstill_kept();

INSERT INTO case_standstill (incident_id, until)
SELECT last.incident_id, (last.facts ->> 'until')::timestamptz
FROM (
    SELECT DISTINCT ON (incident_id) incident_id, act, facts FROM case_event
    WHERE act IN ('suspend', 'resume')
    ORDER BY incident_id, seq DESC
) AS last
WHERE last.act = 'suspend' AND last.facts ? 'until';

-- The mark of cases that were escalated by hand.
UPDATE incident SET marks = marks | 2048
FROM (SELECT DISTINCT incident_id, reported_at FROM case_event WHERE act = 'escalate') AS escalated
WHERE incident.id = escalated.incident_id AND incident.reported_at = escalated.reported_at;

-- What a report says is told as well: rules of risk judge it again.
CREATE OR REPLACE FUNCTION feed_updated() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    IF (SELECT count(*) FROM (SELECT FROM incident_after LIMIT 1001) AS few) > 1000
        OR EXISTS (
            SELECT FROM incident_before AS was
            JOIN incident_after AS now USING (id)
            WHERE (was.cell_id, was.class_id) IS DISTINCT FROM (now.cell_id, now.class_id)
        )
    THEN
        INSERT INTO feed_change (kind) VALUES ('reset');
    ELSE
        INSERT INTO feed_change (kind, incident_id, reported_at, act, left_id)
        SELECT 'cases', now.id, now.reported_at,
            CASE WHEN now.breached AND NOT was.breached THEN 'breach' ELSE 'update' END,
            CASE WHEN was.department_id IS DISTINCT FROM now.department_id THEN was.department_id END
        FROM incident_before AS was
        JOIN incident_after AS now USING (id)
        WHERE (was.status, was.breached, was.due_at, was.department_id, was.handled_at, was.closed_at, was.close_reason)
            IS DISTINCT FROM
            (now.status, now.breached, now.due_at, now.department_id, now.handled_at, now.closed_at, now.close_reason)
            OR (was.text, was.severity) IS DISTINCT FROM (now.text, now.severity);
    END IF;
    RETURN NULL;
END $$;

-- No role of the web may read or write it, and the owner sees all of it.
REVOKE EXECUTE ON FUNCTION case_standstill_kept() FROM PUBLIC;
ALTER TABLE case_standstill ENABLE ROW LEVEL SECURITY;
ALTER TABLE case_standstill FORCE ROW LEVEL SECURITY;
CREATE POLICY owner ON case_standstill TO CURRENT_USER USING (true) WITH CHECK (true);
