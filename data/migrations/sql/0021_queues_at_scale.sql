-- What queues of cases are read from where there are many: indexes that hold all that a page asks for, and the requests that
-- wait for a decision.

-- A report without a deadline has nothing to miss.
DROP INDEX incident_due_idx;
CREATE INDEX incident_due_idx ON incident (due_at)
    WHERE NOT breached AND due_at IS NOT NULL AND status IN (1, 2, 3, 4, 10, 11);

-- With the moments that say whether a deadline was met.
DROP INDEX incident_open_idx;
CREATE INDEX incident_open_idx ON incident (reported_at, id)
    INCLUDE (status, class_id, department_id, cell_id, due_at, handled_at, closed_at)
    WHERE status IN (1, 2, 3, 4, 5, 10, 11, 12);
DROP INDEX incident_open_due_idx;
CREATE INDEX incident_open_due_idx ON incident (due_at, id)
    INCLUDE (reported_at, status, class_id, department_id, cell_id, handled_at, closed_at)
    WHERE status IN (1, 2, 3, 4, 5, 10, 11, 12);

-- States that few cases are in would be sought among all open ones, or among all that ever were.
CREATE INDEX incident_state_idx ON incident (status, reported_at, id)
    INCLUDE (class_id, department_id, cell_id, due_at, handled_at, closed_at)
    WHERE status <> 6;

-- What a department has open; reports that nobody has given to one are not in it.
CREATE INDEX incident_department_idx ON incident (department_id, reported_at, id)
    INCLUDE (status, class_id, cell_id, due_at, handled_at, closed_at)
    WHERE department_id IS NOT NULL AND status IN (1, 2, 3, 4, 5, 10, 11, 12);

-- Extensions and appeals that nobody has decided on. Follows from the log: most requests were decided long ago, and the log
-- cannot say which without being read from end to end.
CREATE TABLE case_question (
    incident_id BIGINT NOT NULL,
    kind TEXT NOT NULL,
    reported_at TIMESTAMP WITH TIME ZONE NOT NULL,
    asked_at TIMESTAMP WITH TIME ZONE NOT NULL,
    CONSTRAINT case_question_pkey PRIMARY KEY (incident_id, kind),
    CONSTRAINT case_question_kind_check CHECK (kind IN ('extension', 'appeal'))
);

CREATE FUNCTION case_question_kept() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    IF NEW.act IN ('ask_extension', 'appeal') THEN
        INSERT INTO case_question (incident_id, kind, reported_at, asked_at)
        VALUES (
            NEW.incident_id, CASE NEW.act WHEN 'appeal' THEN 'appeal' ELSE 'extension' END, NEW.reported_at, NEW.at
        )
        ON CONFLICT (incident_id, kind) DO UPDATE SET asked_at = excluded.asked_at;
    ELSE
        DELETE FROM case_question
        WHERE incident_id = NEW.incident_id
            AND kind = CASE WHEN NEW.act IN ('grant_appeal', 'refuse_appeal') THEN 'appeal' ELSE 'extension' END;
    END IF;
    RETURN NULL;
END $$;

CREATE TRIGGER case_event_asks AFTER INSERT ON case_event
    FOR EACH ROW
    WHEN (
        NEW.act IN ('ask_extension', 'grant_extension', 'refuse_extension', 'appeal', 'grant_appeal', 'refuse_appeal')
    )
    EXECUTE FUNCTION case_question_kept();

INSERT INTO case_question (incident_id, kind, reported_at, asked_at)
SELECT asked.incident_id, CASE asked.act WHEN 'appeal' THEN 'appeal' ELSE 'extension' END, asked.reported_at, max(asked.at)
FROM case_event AS asked
WHERE asked.act IN ('ask_extension', 'appeal')
    AND NOT EXISTS (
        SELECT FROM case_event AS answer
        WHERE answer.incident_id = asked.incident_id
            AND answer.seq > asked.seq
            AND answer.act = ANY (
                CASE asked.act
                    WHEN 'appeal' THEN '{grant_appeal,refuse_appeal}'::text[]
                    ELSE '{grant_extension,refuse_extension}'::text[]
                END
            )
    )
GROUP BY 1, 2, 3;

REVOKE EXECUTE ON FUNCTION case_question_kept() FROM PUBLIC;
GRANT SELECT ON case_question TO minqing_web;
ALTER TABLE case_question ENABLE ROW LEVEL SECURITY;
ALTER TABLE case_question FORCE ROW LEVEL SECURITY;
CREATE POLICY owner ON case_question TO CURRENT_USER USING (true) WITH CHECK (true);
-- As the log is: whoever sees the incident sees what is asked.
CREATE POLICY scope ON case_question FOR SELECT TO minqing_web
    USING (
        (SELECT scope_account()) IS NOT NULL
        AND EXISTS (
            SELECT FROM incident
            WHERE incident.id = case_question.incident_id AND incident.reported_at = case_question.reported_at
        )
    );
