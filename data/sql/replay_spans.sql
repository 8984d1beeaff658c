-- What cases were in during a period, as spans of time, by beginning: open, overdue, handled (waits to be closed) or closed.
-- The standings of a case are those that were kept of it and, from the last one on, its row. Of a sensitive class the place is
-- that of the small grid.
-- Filled in by the reader: condition (over incident). Parameters: start, end (moments, half-open), after_at, after_id (the last
-- span of the page before; NULL for the first page), limit, and those of the condition
-- Columns: the fields of data.reads.replay.Span
WITH bound AS MATERIALIZED (
    -- Every incident begins with a span, so a page ends by the time that as many as it holds have been reported.
    SELECT COALESCE(
        (
            SELECT reported_at FROM incident
            WHERE reported_at > GREATEST(%(after_at)s, %(start)s)
                AND reported_at < %(end)s
                AND {condition}
            ORDER BY reported_at
            OFFSET %(limit)s
            LIMIT 1
        ),
        %(end)s
    ) AS at
),
chosen AS MATERIALIZED (
    SELECT id, reported_at, class_id, grid_id, geom, status, breached, handled_at, closed_at, due_at
    FROM incident
    WHERE reported_at <= (SELECT at FROM bound)
        AND reported_at < %(end)s
        AND status IN (1, 2, 3, 4, 5, 10, 11, 12)
        AND {condition}
    UNION ALL
    SELECT id, reported_at, class_id, grid_id, geom, status, breached, handled_at, closed_at, due_at
    FROM incident
    WHERE GREATEST(reported_at, handled_at, closed_at) >= GREATEST(%(after_at)s, %(start)s)
        AND reported_at <= (SELECT at FROM bound)
        AND reported_at < %(end)s
        AND status IN (6, 7, 8, 9)
        AND {condition}
    UNION ALL
    SELECT id, reported_at, class_id, grid_id, geom, status, breached, handled_at, closed_at, due_at
    FROM incident
    WHERE (id, reported_at) IN (
            SELECT incident_id, reported_at FROM case_past
            WHERE until >= GREATEST(%(after_at)s, %(start)s)
                AND reported_at <= (SELECT at FROM bound)
                AND reported_at < %(end)s
        )
        AND GREATEST(reported_at, handled_at, closed_at) < GREATEST(%(after_at)s, %(start)s)
        AND status IN (6, 7, 8, 9)
        AND {condition}
),
past AS MATERIALIZED (
    SELECT id, since, until, case_past.status, case_past.breached, case_past.handled_at, case_past.closed_at,
        case_past.due_at
    FROM chosen
    JOIN case_past ON case_past.incident_id = chosen.id
),
standing AS (
    SELECT id, reported_at, COALESCE(last.until, reported_at) AS since, 'infinity'::timestamptz AS until, status, breached,
        handled_at, closed_at, due_at
    FROM chosen
    LEFT JOIN (SELECT id, max(until) AS until FROM past GROUP BY id) AS last USING (id)
    UNION ALL
    SELECT id, reported_at, since, past.until, past.status, past.breached, past.handled_at, past.closed_at, past.due_at
    FROM past
    JOIN chosen USING (id)
),
timed AS (
    SELECT id, since, until, due_at,
        CASE
            WHEN status IN (6, 7, 8, 9) THEN COALESCE(closed_at, handled_at, reported_at)
            ELSE 'infinity'::timestamptz
        END AS closed,
        COALESCE(handled_at, 'infinity'::timestamptz) AS handled,
        CASE
            WHEN (status = 12 OR status = 5 AND handled_at IS NULL) AND NOT breached THEN 'infinity'::timestamptz
            ELSE COALESCE(due_at, 'infinity'::timestamptz)
        END AS due
    FROM standing
),
span AS (
    SELECT timed.id, phase.name AS phase, phase.at, phase.ends, timed.due_at,
        lag(phase.name) OVER (PARTITION BY timed.id ORDER BY phase.at, phase.ends) AS phase_before
    FROM timed
    CROSS JOIN LATERAL (VALUES
        ('open', since, LEAST(until, due, handled, closed)),
        ('overdue', GREATEST(since, due), LEAST(until, handled, closed)),
        ('handled', GREATEST(since, handled), LEAST(until, closed)),
        ('closed', GREATEST(since, closed), until)
    ) AS phase (name, at, ends)
    WHERE phase.at < phase.ends
),
page AS (
    SELECT *
    FROM span
    WHERE at <= (SELECT at FROM bound)
        AND at < %(end)s
        AND CASE phase WHEN 'closed' THEN at >= %(start)s ELSE ends > %(start)s END
        AND (%(after_at)s::timestamptz IS NULL OR (at, id) > (%(after_at)s, %(after_id)s))
    ORDER BY at, id
    LIMIT %(limit)s
)
SELECT
    page.id, page.phase, page.at, NULLIF(page.ends, 'infinity') AS until, page.due_at, page.phase_before,
    chosen.reported_at, chosen.class_id::int AS class_id,
    CASE WHEN class.sensitive THEN ST_X(grid.label_point) ELSE ST_X(chosen.geom) END AS lon,
    CASE WHEN class.sensitive THEN ST_Y(grid.label_point) ELSE ST_Y(chosen.geom) END AS lat
FROM page
JOIN chosen USING (id)
JOIN incident_class AS class ON class.id = chosen.class_id
LEFT JOIN unit AS grid ON grid.id = chosen.grid_id AND class.sensitive
ORDER BY page.at, page.id
