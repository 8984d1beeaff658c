-- Any past moment: how cases stood before each event that changed them, and relations that show all incidents and figures as
-- they stood at the moment of the transaction.
--
-- A transaction that looks back says so: minqing.as_of = the moment, and search_path = past, public. What has the same name
-- in both schemas is then read as it stood; every figure keeps the one statement that counts it.

-- A case stood so from `since` until just before `until`, when the event `seq` + 1 changed it; how it stands after its last
-- event the row of the incident says. Follows from the log: `cases check` builds it anew and compares.
CREATE TABLE case_past (
    incident_id BIGINT NOT NULL,
    seq INTEGER NOT NULL,
    -- Of the incident, so that its partition is found.
    reported_at TIMESTAMP WITH TIME ZONE NOT NULL,
    since TIMESTAMP WITH TIME ZONE NOT NULL,
    until TIMESTAMP WITH TIME ZONE NOT NULL,
    status SMALLINT NOT NULL,
    breached BOOLEAN NOT NULL,
    department_id SMALLINT,
    filed_at TIMESTAMP WITH TIME ZONE,
    dispatched_at TIMESTAMP WITH TIME ZONE,
    handled_at TIMESTAMP WITH TIME ZONE,
    closed_at TIMESTAMP WITH TIME ZONE,
    due_at TIMESTAMP WITH TIME ZONE,
    close_reason TEXT,
    closing_due_at TIMESTAMP WITH TIME ZONE,
    marks SMALLINT NOT NULL,
    CONSTRAINT case_past_pkey PRIMARY KEY (incident_id, seq),
    CONSTRAINT case_past_span_check CHECK (since < until)
);
CREATE INDEX case_past_until_idx ON case_past (until, since) INCLUDE (incident_id, reported_at);

-- When a finished incident came to its end, as far as its own times say: what was settled before a moment stood at it as it
-- stands now.
CREATE INDEX incident_settled_idx ON incident ((GREATEST(reported_at, handled_at, closed_at)), reported_at)
    WHERE status IN (6, 7, 8, 9);

-- Logs of before are folded by the program, once; until then their cases stand at a past moment as their rows say.
INSERT INTO setting (key, value)
SELECT 'case_past_due', 'true' WHERE EXISTS (SELECT FROM case_event);

GRANT SELECT, INSERT ON case_past TO minqing_web;
ALTER TABLE case_past ENABLE ROW LEVEL SECURITY;
ALTER TABLE case_past FORCE ROW LEVEL SECURITY;
CREATE POLICY owner ON case_past TO CURRENT_USER USING (true) WITH CHECK (true);
CREATE POLICY scope ON case_past TO minqing_web
    USING (
        (SELECT scope_account()) IS NOT NULL
        AND EXISTS (
            SELECT FROM incident
            WHERE incident.id = case_past.incident_id AND incident.reported_at = case_past.reported_at
        )
    );

CREATE SCHEMA past;
GRANT USAGE ON SCHEMA past TO minqing_web;

CREATE FUNCTION past.moment() RETURNS timestamptz
LANGUAGE sql STABLE PARALLEL SAFE AS $$ SELECT NULLIF(current_setting('minqing.as_of', true), '')::timestamptz $$;

-- The city-local day of the moment.
CREATE FUNCTION past.today() RETURNS date
LANGUAGE sql STABLE PARALLEL SAFE AS $$ SELECT (past.moment() AT TIME ZONE public.city_time_zone())::date $$;

-- Each incident twice: as it stands (now_…), and as it stood at the moment. What an import says of the past is cut: nothing
-- that happened later had happened. The row of a case with a log is that of the event which was its last.
CREATE VIEW past.incident_state WITH (security_invoker = true) AS
SELECT
    id, reported_at, cell_id, grid_id, stated_unit_id, class_id, severity, source_id, dataset_id, morton, geom, external_id,
    text, address, now_status, now_breached, now_handled_at, now_closed_at, now_due_at, is_changed,
    status,
    COALESCE(
        CASE
            WHEN status = 12 OR status = 5 AND handled_at IS NULL THEN row_breached AND due_at <= (SELECT past.moment())
            WHEN handled_at IS NOT NULL OR closed_at IS NOT NULL THEN due_at < COALESCE(handled_at, closed_at)
            ELSE due_at <= (SELECT past.moment())
        END,
        false
    ) AS breached,
    department_id, filed_at, dispatched_at, handled_at, closed_at, due_at,
    CASE WHEN status IN (6, 7, 8, 9) THEN row_close_reason END AS close_reason,
    CASE WHEN handled_at IS NOT NULL THEN row_closing_due_at END AS closing_due_at,
    marks
FROM (
    SELECT
        id, reported_at, cell_id, grid_id, stated_unit_id, class_id, severity, source_id, dataset_id, morton, geom,
        external_id, text, address, now_status, now_breached, now_handled_at, now_closed_at, now_due_at, is_changed,
        CASE
            WHEN row_status IN (6, 7, 8, 9)
                AND COALESCE(row_closed_at, row_handled_at, reported_at) <= (SELECT past.moment())
                THEN row_status
            WHEN row_status NOT IN (6, 7, 8, 9)
                AND COALESCE(GREATEST(row_filed_at, row_dispatched_at, row_handled_at), reported_at)
                    <= (SELECT past.moment())
                THEN row_status
            WHEN row_handled_at <= (SELECT past.moment()) THEN 5::smallint
            WHEN row_dispatched_at <= (SELECT past.moment()) THEN 3::smallint
            WHEN row_filed_at <= (SELECT past.moment()) THEN 2::smallint
            ELSE 1::smallint
        END AS status,
        row_breached, department_id,
        CASE WHEN row_filed_at <= (SELECT past.moment()) THEN row_filed_at END AS filed_at,
        CASE WHEN row_dispatched_at <= (SELECT past.moment()) THEN row_dispatched_at END AS dispatched_at,
        CASE WHEN row_handled_at <= (SELECT past.moment()) THEN row_handled_at END AS handled_at,
        CASE WHEN row_closed_at <= (SELECT past.moment()) THEN row_closed_at END AS closed_at,
        due_at, row_close_reason, row_closing_due_at, marks
    FROM (
        SELECT
            incident.id, incident.reported_at, incident.cell_id, incident.grid_id, incident.stated_unit_id,
            incident.class_id, incident.severity, incident.source_id, incident.dataset_id, incident.morton,
            incident.geom, incident.external_id, incident.text, incident.address,
            incident.status AS now_status,
            incident.breached AS now_breached,
            incident.handled_at AS now_handled_at,
            incident.closed_at AS now_closed_at,
            incident.due_at AS now_due_at,
            stood.incident_id IS NOT NULL AS is_changed,
            CASE WHEN stood.incident_id IS NULL THEN incident.status ELSE stood.status END AS row_status,
            CASE WHEN stood.incident_id IS NULL THEN incident.breached ELSE stood.breached END AS row_breached,
            CASE WHEN stood.incident_id IS NULL THEN incident.department_id ELSE stood.department_id END AS department_id,
            CASE WHEN stood.incident_id IS NULL THEN incident.filed_at ELSE stood.filed_at END AS row_filed_at,
            CASE WHEN stood.incident_id IS NULL THEN incident.dispatched_at ELSE stood.dispatched_at END
                AS row_dispatched_at,
            CASE WHEN stood.incident_id IS NULL THEN incident.handled_at ELSE stood.handled_at END AS row_handled_at,
            CASE WHEN stood.incident_id IS NULL THEN incident.closed_at ELSE stood.closed_at END AS row_closed_at,
            CASE WHEN stood.incident_id IS NULL THEN incident.due_at ELSE stood.due_at END AS due_at,
            CASE WHEN stood.incident_id IS NULL THEN incident.close_reason ELSE stood.close_reason END
                AS row_close_reason,
            CASE WHEN stood.incident_id IS NULL THEN incident.closing_due_at ELSE stood.closing_due_at END
                AS row_closing_due_at,
            CASE WHEN stood.incident_id IS NULL THEN incident.marks ELSE stood.marks END AS marks
        FROM public.incident
        LEFT JOIN public.case_past AS stood
            ON stood.incident_id = incident.id
            AND stood.reported_at = incident.reported_at
            AND stood.since <= (SELECT past.moment())
            AND stood.until > (SELECT past.moment())
    ) AS standing
) AS cut;

CREATE VIEW past.incident WITH (security_invoker = true) AS
SELECT
    id, reported_at, cell_id, grid_id, stated_unit_id, class_id, severity, status, breached, source_id, department_id,
    dataset_id, filed_at, dispatched_at, handled_at, closed_at, due_at, close_reason, morton, geom, external_id, text,
    address, closing_due_at, marks
FROM past.incident_state
WHERE reported_at <= (SELECT past.moment());

-- Incidents whose measures may have been others than they are: those that are open, those that were settled later, those
-- that a later event changed; and what was reported later on the same day, of which nothing had been counted.
CREATE VIEW past.moved WITH (security_invoker = true) AS
SELECT state.*, reported_at <= (SELECT past.moment()) AS was_there
FROM past.incident_state AS state
WHERE now_status IN (1, 2, 3, 4, 5, 10, 11, 12)
    AND reported_at < (((SELECT past.today()) + 1)::timestamp AT TIME ZONE (SELECT public.city_time_zone()))
UNION ALL
SELECT state.*, reported_at <= (SELECT past.moment())
FROM past.incident_state AS state
WHERE now_status IN (6, 7, 8, 9)
    AND GREATEST(reported_at, now_handled_at, now_closed_at) > (SELECT past.moment())
    AND reported_at < (((SELECT past.today()) + 1)::timestamp AT TIME ZONE (SELECT public.city_time_zone()))
UNION ALL
-- From what was kept of the past to its incidents: few have changed since they were settled, and nothing tells a planner so.
SELECT state.*, true
FROM (
    SELECT incident_id, reported_at FROM public.case_past
    WHERE since <= (SELECT past.moment()) AND until > (SELECT past.moment())
    OFFSET 0
) AS changed
CROSS JOIN LATERAL (
    SELECT * FROM past.incident_state AS stood
    WHERE stood.id = changed.incident_id AND stood.reported_at = changed.reported_at
    OFFSET 0
) AS state
WHERE now_status IN (6, 7, 8, 9)
    AND GREATEST(state.reported_at, now_handled_at, now_closed_at) <= (SELECT past.moment());

-- Changes that lead from the figures as they are to those of the moment, with those that are not folded yet.
CREATE VIEW past.rollup_delta WITH (security_invoker = true) AS
SELECT id, cell_id, day, class_id, n, n_open, n_overdue, n_closed, n_on_time, n_late
FROM public.rollup_delta
WHERE day <= (SELECT past.today())
UNION ALL
SELECT 0, cell_id, day, class_id, n, n_open, n_overdue, n_closed, n_on_time, n_late
FROM (
    SELECT
        cell_id,
        (reported_at AT TIME ZONE (SELECT public.city_time_zone()))::date AS day,
        class_id,
        (sum(was_there::int) - count(*))::integer AS n,
        (count(*) FILTER (WHERE was_there AND public.is_open(status)) - count(*) FILTER (WHERE public.is_open(now_status)))
            ::integer AS n_open,
        (
            count(*) FILTER (WHERE was_there AND public.is_open(status) AND breached AND handled_at IS NULL)
            - count(*) FILTER (WHERE public.is_open(now_status) AND now_breached AND now_handled_at IS NULL)
        )::integer AS n_overdue,
        (count(*) FILTER (WHERE was_there AND status = 6) - count(*) FILTER (WHERE now_status = 6))::integer AS n_closed,
        (
            count(*) FILTER (WHERE was_there AND handled_at <= due_at)
            - count(*) FILTER (WHERE now_handled_at <= now_due_at)
        )::integer AS n_on_time,
        (
            count(*) FILTER (WHERE was_there AND handled_at > due_at)
            - count(*) FILTER (WHERE now_handled_at > now_due_at)
        )::integer AS n_late
    FROM past.moved
    GROUP BY 1, 2, 3
) AS change
WHERE (n, n_open, n_overdue, n_closed, n_on_time, n_late) <> (0, 0, 0, 0, 0, 0);

CREATE VIEW past.rollup_pending WITH (security_invoker = true) AS
SELECT delta.id, class.class_id, delta.day, subject.subject_id,
    delta.n, delta.n_open, delta.n_overdue, delta.n_closed, delta.n_on_time, delta.n_late
FROM past.rollup_delta AS delta
JOIN public.cell ON cell.id = delta.cell_id
CROSS JOIN LATERAL unnest(cell.subjects) AS subject (subject_id)
CROSS JOIN LATERAL (VALUES (0::smallint), (delta.class_id)) AS class (class_id)
WHERE class.class_id = 0
    OR subject.subject_id <= 0
    OR EXISTS (
        SELECT 1 FROM public.level
        WHERE level.rollup_by_class AND level.first_id = (subject.subject_id / 10000000) * 10000000 + 1
    );

-- A release has no past: who may not see sensitive classes is told nothing of them about another moment.
CREATE VIEW past.released_figure WITH (security_invoker = true) AS
SELECT * FROM public.released_figure WHERE false;

CREATE VIEW past.rollup WITH (security_invoker = true) AS
SELECT class_id, day, subject_id, n, n_open, n_overdue, n_closed, n_on_time, n_late, class_id AS stored_class_id
FROM public.rollup_day
WHERE class_id > 0 AND day <= (SELECT past.today())
UNION ALL
SELECT 0::smallint, day, subject_id, n, n_open, n_overdue, n_closed, n_on_time, n_late, class_id
FROM public.rollup_day
WHERE class_id BETWEEN -2 AND -1 AND day <= (SELECT past.today())
UNION ALL
SELECT class_id, day, subject_id, n, n_open, n_overdue, n_closed, n_on_time, n_late, class_id
FROM past.rollup_pending;

-- Packs hold what is released with the rest, so they serve exact readers alone.
CREATE VIEW past.rollup_pack WITH (security_invoker = true) AS
SELECT * FROM public.rollup_pack WHERE day <= (SELECT past.today()) AND (SELECT public.scope_sees_sensitive());

-- Days that were kept by then.
CREATE VIEW past.figure_day WITH (security_invoker = true) AS
SELECT * FROM public.figure_day WHERE day < (SELECT past.today());

CREATE VIEW past.figure_day_kept WITH (security_invoker = true) AS
SELECT * FROM public.figure_day_kept WHERE day < (SELECT past.today());

GRANT SELECT ON
    past.incident_state, past.incident, past.moved, past.rollup_delta, past.rollup_pending, past.released_figure, past.rollup,
    past.rollup_pack, past.figure_day, past.figure_day_kept
TO minqing_web;
