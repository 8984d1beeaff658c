-- The closed loop: the append-only log of cases, what follows from it (time limits, calls), work days and local rules.
--
-- The state of a case in `incident` (status, moments, due_at, breached, department_id, close_reason) follows from the log and
-- is written in the transaction that writes the event. A case without events stands as its report or import says.

CREATE TABLE case_event (
    incident_id BIGINT NOT NULL,
    seq INTEGER NOT NULL,
    -- Of the incident, so that its partition is found.
    reported_at TIMESTAMP WITH TIME ZONE NOT NULL,
    at TIMESTAMP WITH TIME ZONE NOT NULL,
    written_at TIMESTAMP WITH TIME ZONE DEFAULT clock_timestamp() NOT NULL,
    act TEXT NOT NULL,
    account_id INTEGER,
    account_name TEXT,
    department_id SMALLINT,
    facts JSONB NOT NULL,
    -- Of the request, given by the client: the same one is carried out once. The digest tells another request by it.
    request_key TEXT,
    request_digest BYTEA,
    CONSTRAINT case_event_pkey PRIMARY KEY (incident_id, seq),
    CONSTRAINT case_event_request_key UNIQUE (account_id, request_key),
    CONSTRAINT case_event_seq_check CHECK (seq >= 1 AND (seq = 1) = (act = 'report')),
    CONSTRAINT case_event_facts_check CHECK (jsonb_typeof(facts) = 'object'),
    CONSTRAINT case_event_request_check CHECK (
        (request_key IS NULL) = (request_digest IS NULL) AND length(request_key) <= 300 AND length(request_digest) = 32
    )
);
CREATE INDEX case_event_at_idx ON case_event (at);
CREATE INDEX case_event_into_idx ON case_event (((facts ->> 'into')::bigint)) WHERE act = 'merge';

-- Follows from the log: `cases check` builds it anew and compares.
CREATE TABLE case_timer (
    incident_id BIGINT NOT NULL,
    no SMALLINT NOT NULL,
    reported_at TIMESTAMP WITH TIME ZONE NOT NULL,
    stage TEXT NOT NULL,
    started_at TIMESTAMP WITH TIME ZONE NOT NULL,
    amount DOUBLE PRECISION NOT NULL,
    clock TEXT NOT NULL,
    -- Both are empty while the limit stands still.
    warn_at TIMESTAMP WITH TIME ZONE,
    due_at TIMESTAMP WITH TIME ZONE,
    done_at TIMESTAMP WITH TIME ZONE,
    paused BOOLEAN NOT NULL,
    CONSTRAINT case_timer_pkey PRIMARY KEY (incident_id, no),
    CONSTRAINT case_timer_amount_check CHECK (amount >= 0),
    CONSTRAINT case_timer_paused_check CHECK (NOT (paused AND done_at IS NOT NULL))
);
CREATE INDEX case_timer_running_idx ON case_timer (stage, due_at, incident_id) WHERE done_at IS NULL;

-- Departments that the last whistle of a case calls, and when each has reported in. Follows from the log, too.
CREATE TABLE case_call (
    incident_id BIGINT NOT NULL,
    department_id SMALLINT NOT NULL,
    reported_at TIMESTAMP WITH TIME ZONE NOT NULL,
    called_at TIMESTAMP WITH TIME ZONE NOT NULL,
    came BOOLEAN NOT NULL,
    CONSTRAINT case_call_pkey PRIMARY KEY (incident_id, department_id)
);
CREATE INDEX case_call_department_idx ON case_call (department_id, incident_id) WHERE NOT came;

CREATE TABLE work_calendar_day (
    day DATE NOT NULL,
    kind TEXT NOT NULL,
    name TEXT NOT NULL,
    CONSTRAINT work_calendar_day_pkey PRIMARY KEY (day),
    CONSTRAINT work_calendar_day_kind_check CHECK (kind IN ('off', 'on'))
);

-- Years whose holidays have been published; of others only some days are known, or none.
CREATE TABLE work_calendar_year (
    year SMALLINT NOT NULL,
    source TEXT NOT NULL,
    CONSTRAINT work_calendar_year_pkey PRIMARY KEY (year)
);

CREATE TABLE case_rule (
    key TEXT NOT NULL,
    value JSONB NOT NULL,
    CONSTRAINT case_rule_pkey PRIMARY KEY (key)
);

-- Queues ask for open cases, which are few.
CREATE INDEX incident_open_idx ON incident (reported_at, id)
    INCLUDE (status, class_id, department_id, cell_id, due_at)
    WHERE status IN (1, 2, 3, 4, 5, 10, 11, 12);
CREATE INDEX incident_open_due_idx ON incident (due_at, id)
    INCLUDE (reported_at, status, class_id, department_id, cell_id)
    WHERE status IN (1, 2, 3, 4, 5, 10, 11, 12);

CREATE FUNCTION case_log_refuse() RETURNS trigger
LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'the log of cases is append-only: % of % is refused', TG_OP, TG_TABLE_NAME
        USING ERRCODE = 'insufficient_privilege', HINT = 'What was done wrong is put right by another event.';
END $$;

-- Numbers follow each other, and time does not run backwards. Whoever writes holds the lock of the incident's row.
CREATE FUNCTION case_log_check() RETURNS trigger
LANGUAGE plpgsql AS $$
DECLARE
    last record;
BEGIN
    SELECT event.seq, event.at INTO last FROM case_event AS event
    WHERE event.incident_id = NEW.incident_id ORDER BY event.seq DESC LIMIT 1;
    IF NEW.seq <> COALESCE(last.seq, 0) + 1 OR NEW.at < last.at THEN
        RAISE EXCEPTION 'event % of case % does not follow event %', NEW.seq, NEW.incident_id, last.seq
            USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN NEW;
END $$;

CREATE TRIGGER case_event_kept BEFORE UPDATE OR DELETE ON case_event
    FOR EACH ROW EXECUTE FUNCTION case_log_refuse();
CREATE TRIGGER case_event_whole BEFORE TRUNCATE ON case_event
    FOR EACH STATEMENT EXECUTE FUNCTION case_log_refuse();
CREATE TRIGGER case_event_follows BEFORE INSERT ON case_event
    FOR EACH ROW EXECUTE FUNCTION case_log_check();

CREATE FUNCTION scope_account() RETURNS integer
LANGUAGE sql STABLE PARALLEL SAFE AS $$ SELECT NULLIF(current_setting('minqing.account_id', true), '')::integer $$;

REVOKE EXECUTE ON FUNCTION case_log_refuse(), case_log_check() FROM PUBLIC;
GRANT SELECT, INSERT ON case_event TO minqing_web;
GRANT SELECT, INSERT, UPDATE ON case_timer TO minqing_web;
GRANT SELECT, INSERT, UPDATE, DELETE ON case_call TO minqing_web;
GRANT SELECT ON work_calendar_day, work_calendar_year, case_rule TO minqing_web;

DO $$
DECLARE
    name text;
BEGIN
    FOREACH name IN ARRAY ARRAY['case_event', 'case_timer', 'case_call'] LOOP
        EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', name);
        EXECUTE format('ALTER TABLE %I FORCE ROW LEVEL SECURITY', name);
        EXECUTE format('CREATE POLICY owner ON %I TO CURRENT_USER USING (true) WITH CHECK (true)', name);
    END LOOP;
END $$;

-- Whoever sees the incident sees what happened to it; its own policies answer the inner question. What is written is
-- written in the name of the account of the transaction, or, of a report taken in by an import, in nobody's.
CREATE POLICY scope ON case_event FOR SELECT TO minqing_web
    USING (
        (SELECT scope_account()) IS NOT NULL
        AND EXISTS (
            SELECT FROM incident
            WHERE incident.id = case_event.incident_id AND incident.reported_at = case_event.reported_at
        )
    );
CREATE POLICY scope_insert ON case_event FOR INSERT TO minqing_web
    WITH CHECK (
        (account_id = (SELECT scope_account()) OR seq = 1 AND account_id IS NULL)
        AND EXISTS (
            SELECT FROM incident
            WHERE incident.id = case_event.incident_id AND incident.reported_at = case_event.reported_at
        )
    );
CREATE POLICY scope ON case_timer TO minqing_web
    USING (
        (SELECT scope_account()) IS NOT NULL
        AND EXISTS (
            SELECT FROM incident
            WHERE incident.id = case_timer.incident_id AND incident.reported_at = case_timer.reported_at
        )
    );
-- A department that is called learns of the call, and with it of the case.
CREATE POLICY scope ON case_call FOR SELECT TO minqing_web
    USING (
        department_id = (SELECT scope_department())
        OR (SELECT scope_account()) IS NOT NULL AND EXISTS (
            SELECT FROM incident
            WHERE incident.id = case_call.incident_id AND incident.reported_at = case_call.reported_at
        )
    );
CREATE POLICY scope_write ON case_call TO minqing_web
    USING (
        (SELECT scope_account()) IS NOT NULL
        AND EXISTS (
            SELECT FROM incident
            WHERE incident.id = case_call.incident_id AND incident.reported_at = case_call.reported_at
        )
    );
