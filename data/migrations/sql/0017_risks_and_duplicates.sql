-- Verdicts on risk with the rules that they were made by, the list of major risks, and what was done about each.
--
-- Duplicates need nothing here: reports near a point are found by incident_morton_idx, those of a small grid by
-- incident_cell_idx.

-- Texts of the rules, none of which is ever changed: a verdict names the one that it was made by. The newest is in force.
CREATE TABLE risk_rule_set (
    id INTEGER GENERATED ALWAYS AS IDENTITY NOT NULL,
    version TEXT NOT NULL,
    source TEXT NOT NULL,
    made_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    content JSONB NOT NULL,
    CONSTRAINT risk_rule_set_pkey PRIMARY KEY (id),
    CONSTRAINT risk_rule_set_source_check CHECK (source IN ('shipped', 'imported'))
);

-- Append-only. A case without a row was never major: a verdict is stored where it differs from the one before, and "general,
-- no rule fired" is what every case begins with.
CREATE TABLE risk_verdict (
    incident_id BIGINT NOT NULL,
    no INTEGER NOT NULL,
    -- Of the incident, so that its partition is found.
    reported_at TIMESTAMP WITH TIME ZONE NOT NULL,
    judged_at TIMESTAMP WITH TIME ZONE NOT NULL,
    rule_set_id INTEGER NOT NULL,
    level TEXT NOT NULL,
    fired JSONB NOT NULL,
    CONSTRAINT risk_verdict_pkey PRIMARY KEY (incident_id, no),
    CONSTRAINT risk_verdict_rule_set_id_fkey FOREIGN KEY(rule_set_id) REFERENCES risk_rule_set (id),
    CONSTRAINT risk_verdict_no_check CHECK (no >= 1),
    CONSTRAINT risk_verdict_level_check CHECK (level IN ('general', 'major')),
    CONSTRAINT risk_verdict_fired_check CHECK (jsonb_typeof(fired) = 'array')
);

-- The risk list: a row for each case that was ever major. The owner is a department or a role, never a person.
CREATE TABLE risk_alert (
    incident_id BIGINT NOT NULL,
    reported_at TIMESTAMP WITH TIME ZONE NOT NULL,
    raised_at TIMESTAMP WITH TIME ZONE NOT NULL,
    verdict_no INTEGER NOT NULL,
    state TEXT NOT NULL,
    -- Number of the last step.
    seq INTEGER NOT NULL,
    acknowledged_at TIMESTAMP WITH TIME ZONE,
    owner_department_id SMALLINT,
    owner_role TEXT,
    review_on DATE,
    closed_at TIMESTAMP WITH TIME ZONE,
    close_reason TEXT,
    CONSTRAINT risk_alert_pkey PRIMARY KEY (incident_id),
    CONSTRAINT risk_alert_state_check CHECK (state IN ('open', 'acknowledged', 'closed')),
    CONSTRAINT risk_alert_owner_check CHECK (owner_department_id IS NULL OR owner_role IS NULL),
    CONSTRAINT risk_alert_closed_check CHECK ((state = 'closed') = (closed_at IS NOT NULL))
);
CREATE INDEX risk_alert_raised_idx ON risk_alert (raised_at, incident_id);
CREATE INDEX risk_alert_review_idx ON risk_alert (review_on) WHERE state <> 'closed';

-- Who did what about a risk, append-only.
CREATE TABLE risk_step (
    incident_id BIGINT NOT NULL,
    seq INTEGER NOT NULL,
    reported_at TIMESTAMP WITH TIME ZONE NOT NULL,
    at TIMESTAMP WITH TIME ZONE NOT NULL,
    act TEXT NOT NULL,
    account_id INTEGER,
    account_name TEXT,
    facts JSONB NOT NULL,
    request_key TEXT,
    request_digest BYTEA,
    CONSTRAINT risk_step_pkey PRIMARY KEY (incident_id, seq),
    CONSTRAINT risk_step_request_key UNIQUE (account_id, request_key),
    CONSTRAINT risk_step_seq_check CHECK (seq >= 1 AND (seq > 1 OR act = 'raise')),
    CONSTRAINT risk_step_act_check CHECK (act IN ('raise', 'acknowledge', 'assign', 'review', 'close')),
    CONSTRAINT risk_step_facts_check CHECK (jsonb_typeof(facts) = 'object'),
    CONSTRAINT risk_step_request_check CHECK (
        (request_key IS NULL) = (request_digest IS NULL) AND length(request_key) <= 300 AND length(request_digest) = 32
    )
);

-- How far judging has come: entries of the feed up to feed_id, limits that ran out up to timed_until, and open cases up
-- to (scan_at, scan_id) while all are gone through.
CREATE TABLE risk_mark (
    id SMALLINT NOT NULL,
    epoch UUID,
    feed_id BIGINT NOT NULL,
    timed_until TIMESTAMP WITH TIME ZONE NOT NULL,
    is_scanning BOOLEAN NOT NULL,
    scan_at TIMESTAMP WITH TIME ZONE NOT NULL,
    scan_id BIGINT NOT NULL,
    rule_set_id INTEGER,
    CONSTRAINT risk_mark_pkey PRIMARY KEY (id),
    CONSTRAINT risk_mark_id_check CHECK (id = 1)
);
INSERT INTO risk_mark (id, feed_id, timed_until, is_scanning, scan_at, scan_id)
VALUES (1, 0, now(), true, 'epoch', 0);

CREATE TRIGGER risk_verdict_kept BEFORE UPDATE OR DELETE ON risk_verdict
    FOR EACH ROW EXECUTE FUNCTION case_log_refuse();
CREATE TRIGGER risk_verdict_whole BEFORE TRUNCATE ON risk_verdict
    FOR EACH STATEMENT EXECUTE FUNCTION case_log_refuse();
CREATE TRIGGER risk_step_kept BEFORE UPDATE OR DELETE ON risk_step
    FOR EACH ROW EXECUTE FUNCTION case_log_refuse();
CREATE TRIGGER risk_step_whole BEFORE TRUNCATE ON risk_step
    FOR EACH STATEMENT EXECUTE FUNCTION case_log_refuse();
CREATE TRIGGER risk_rule_set_kept BEFORE UPDATE OR DELETE ON risk_rule_set
    FOR EACH ROW EXECUTE FUNCTION case_log_refuse();

-- Viewers of the list hear of a step as of any other change; the feed's own table is made by a later migration.
CREATE FUNCTION risk_step_told() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    INSERT INTO feed_change (kind, incident_id, reported_at, seq, act)
    SELECT 'alerts', incident_id, reported_at, seq, act FROM step_after ORDER BY incident_id, seq;
    RETURN NULL;
END $$;
CREATE TRIGGER risk_step_feed AFTER INSERT ON risk_step
    REFERENCING NEW TABLE AS step_after
    FOR EACH STATEMENT EXECUTE FUNCTION risk_step_told();

REVOKE EXECUTE ON FUNCTION risk_step_told() FROM PUBLIC;
GRANT SELECT ON risk_rule_set, risk_verdict, risk_alert, risk_step TO minqing_web;
GRANT INSERT ON risk_step TO minqing_web;
GRANT UPDATE (state, seq, acknowledged_at, owner_department_id, owner_role, review_on, closed_at, close_reason)
    ON risk_alert TO minqing_web;

DO $$
DECLARE
    name text;
BEGIN
    FOREACH name IN ARRAY ARRAY['risk_verdict', 'risk_alert', 'risk_step'] LOOP
        EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', name);
        EXECUTE format('ALTER TABLE %I FORCE ROW LEVEL SECURITY', name);
        EXECUTE format('CREATE POLICY owner ON %I TO CURRENT_USER USING (true) WITH CHECK (true)', name);
    END LOOP;
END $$;

-- Whoever sees the incident sees its risk; the incident's own policies answer the inner question, sensitive classes included.
CREATE POLICY scope ON risk_verdict FOR SELECT TO minqing_web
    USING (
        (SELECT scope_account()) IS NOT NULL
        AND EXISTS (
            SELECT FROM incident
            WHERE incident.id = risk_verdict.incident_id AND incident.reported_at = risk_verdict.reported_at
        )
    );
CREATE POLICY scope ON risk_alert TO minqing_web
    USING (
        (SELECT scope_account()) IS NOT NULL
        AND EXISTS (
            SELECT FROM incident
            WHERE incident.id = risk_alert.incident_id AND incident.reported_at = risk_alert.reported_at
        )
    );
CREATE POLICY scope ON risk_step FOR SELECT TO minqing_web
    USING (
        (SELECT scope_account()) IS NOT NULL
        AND EXISTS (
            SELECT FROM incident
            WHERE incident.id = risk_step.incident_id AND incident.reported_at = risk_step.reported_at
        )
    );
CREATE POLICY scope_insert ON risk_step FOR INSERT TO minqing_web
    WITH CHECK (
        account_id = (SELECT scope_account())
        AND EXISTS (
            SELECT FROM incident
            WHERE incident.id = risk_step.incident_id AND incident.reported_at = risk_step.reported_at
        )
    );
