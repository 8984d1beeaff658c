-- What the live feed is read from: changes that writers leave behind, and the entries that the folding process makes of them.
--
-- Writers only append to feed_change, in their own transactions; the folding process alone takes what is committed, numbers
-- it without gaps in feed_entry and notifies listeners. However commits come, a change is either taken or still waits.

CREATE TABLE feed_change (
    id BIGINT GENERATED ALWAYS AS IDENTITY NOT NULL,
    kind TEXT NOT NULL,
    at TIMESTAMP WITH TIME ZONE DEFAULT clock_timestamp() NOT NULL,
    -- Of the transaction: what an event of a case says need not be told again by its row.
    xid BIGINT DEFAULT pg_current_xact_id()::text::bigint NOT NULL,
    incident_id BIGINT,
    reported_at TIMESTAMP WITH TIME ZONE,
    seq INTEGER,
    act TEXT,
    -- Department that has lost the case.
    left_id SMALLINT,
    plan_id BIGINT,
    detail JSONB,
    CONSTRAINT feed_change_pkey PRIMARY KEY (id),
    CONSTRAINT feed_change_kind_check CHECK (kind IN ('cases', 'zones', 'alerts', 'reset'))
);

CREATE TABLE feed_entry (
    id BIGINT NOT NULL,
    kind TEXT NOT NULL,
    at TIMESTAMP WITH TIME ZONE NOT NULL,
    incident_id BIGINT,
    seq INTEGER,
    act TEXT,
    -- Who may read it: where the case lies, its class, the department in charge, the one that has lost it, those called.
    status SMALLINT,
    cell_id INTEGER,
    class_id SMALLINT,
    department_id SMALLINT,
    left_id SMALLINT,
    called SMALLINT[] NOT NULL DEFAULT '{}',
    plan_id BIGINT,
    detail JSONB,
    CONSTRAINT feed_entry_pkey PRIMARY KEY (id),
    CONSTRAINT feed_entry_kind_check CHECK (kind IN ('cases', 'figures', 'zones', 'alerts', 'reset'))
);

-- Entries have the numbers tail + 1 … head. Another epoch means that numbers of before say nothing.
CREATE TABLE feed_state (
    id SMALLINT NOT NULL,
    head BIGINT NOT NULL,
    tail BIGINT NOT NULL,
    epoch UUID NOT NULL,
    rollup_version BIGINT NOT NULL,
    CONSTRAINT feed_state_pkey PRIMARY KEY (id),
    CONSTRAINT feed_state_id_check CHECK (id = 1),
    CONSTRAINT feed_state_tail_check CHECK (0 <= tail AND tail <= head)
);
INSERT INTO feed_state (id, head, tail, epoch, rollup_version)
SELECT 1, 0, 0, gen_random_uuid(), COALESCE((SELECT version FROM rollup_state WHERE id = 1), 0);

-- Of so many rows that one statement changes, nobody wants to be told one by one.
CREATE FUNCTION feed_reported() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    IF (SELECT count(*) FROM (SELECT FROM incident_after LIMIT 1001) AS few) > 1000 THEN
        INSERT INTO feed_change (kind) VALUES ('reset');
    ELSE
        INSERT INTO feed_change (kind, incident_id, reported_at, seq, act)
        SELECT 'cases', id, reported_at, 1, 'report' FROM incident_after;
    END IF;
    RETURN NULL;
END $$;

-- A case that moves to another place or class may leave the sight of readers who would not be told: all read anew.
CREATE FUNCTION feed_updated() RETURNS trigger
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
            (now.status, now.breached, now.due_at, now.department_id, now.handled_at, now.closed_at, now.close_reason);
    END IF;
    RETURN NULL;
END $$;

CREATE FUNCTION feed_removed() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    IF EXISTS (SELECT FROM incident_before) THEN
        INSERT INTO feed_change (kind) VALUES ('reset');
    END IF;
    RETURN NULL;
END $$;

-- The first event of a case was told when it was reported.
CREATE FUNCTION feed_acted() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    INSERT INTO feed_change (kind, incident_id, reported_at, seq, act)
    SELECT 'cases', incident_id, reported_at, seq, act FROM event_after WHERE seq > 1 ORDER BY incident_id, seq;
    RETURN NULL;
END $$;

CREATE FUNCTION feed_planned() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    INSERT INTO feed_change (kind, plan_id, seq, act) VALUES ('zones', NEW.id, NEW.version, NEW.state);
    RETURN NULL;
END $$;

CREATE TRIGGER incident_feed_inserted AFTER INSERT ON incident
    REFERENCING NEW TABLE AS incident_after
    FOR EACH STATEMENT EXECUTE FUNCTION feed_reported();
CREATE TRIGGER incident_feed_updated AFTER UPDATE ON incident
    REFERENCING OLD TABLE AS incident_before NEW TABLE AS incident_after
    FOR EACH STATEMENT EXECUTE FUNCTION feed_updated();
CREATE TRIGGER incident_feed_deleted AFTER DELETE ON incident
    REFERENCING OLD TABLE AS incident_before
    FOR EACH STATEMENT EXECUTE FUNCTION feed_removed();
CREATE TRIGGER case_event_feed AFTER INSERT ON case_event
    REFERENCING NEW TABLE AS event_after
    FOR EACH STATEMENT EXECUTE FUNCTION feed_acted();
CREATE TRIGGER zone_plan_feed AFTER INSERT OR UPDATE OF state, version ON zone_plan
    FOR EACH ROW EXECUTE FUNCTION feed_planned();

REVOKE EXECUTE ON FUNCTION feed_reported(), feed_updated(), feed_removed(), feed_acted(), feed_planned() FROM PUBLIC;
GRANT SELECT ON feed_entry, feed_state TO minqing_web;

ALTER TABLE feed_entry ENABLE ROW LEVEL SECURITY;
ALTER TABLE feed_entry FORCE ROW LEVEL SECURITY;
CREATE POLICY owner ON feed_entry TO CURRENT_USER USING (true) WITH CHECK (true);

-- As incidents are: by place, department and class. A department that has lost a case learns that much; one that is called
-- sees the case. That figures moved is known to whoever sees figures.
CREATE POLICY scope ON feed_entry FOR SELECT TO minqing_web
    USING (
        (SELECT scope_unit()) IS NOT NULL
        AND (
            kind IN ('figures', 'reset')
            OR kind = 'zones' AND EXISTS (SELECT FROM zone_plan WHERE zone_plan.id = feed_entry.plan_id)
            OR kind IN ('cases', 'alerts')
                AND ((SELECT scope_is_city()) OR cell_id <@ (SELECT scope_cells()))
                AND (
                    (SELECT scope_is_all_departments())
                    OR department_id = (SELECT scope_department())
                    OR left_id = (SELECT scope_department())
                    OR called @> ARRAY[(SELECT scope_department())::smallint]
                )
                AND ((SELECT scope_sees_sensitive()) OR get_bit((SELECT scope_sensitive_bits()), class_id::bigint) = 0)
        )
    );
