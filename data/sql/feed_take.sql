-- Numbers the waiting changes that this snapshot sees, and makes entries of them. Returns the new head.
-- What the row of a case says is left out where an event of the same transaction tells it; the event says then which
-- department has lost the case. One statement, so the changes deleted are exactly the entries made.
WITH taken AS (
    DELETE FROM feed_change RETURNING *
),
together AS (
    SELECT
        taken.id, kind, at, incident_id, reported_at, seq, act, plan_id, detail,
        max(left_id) OVER same AS left_id,
        bool_or(seq IS NOT NULL) OVER same AS has_event
    FROM taken
    WINDOW same AS (PARTITION BY kind, xid, incident_id, plan_id)
),
kept AS (
    SELECT *, row_number() OVER (ORDER BY id) AS place, count(*) OVER () AS n
    FROM together
    WHERE kind <> 'cases' OR seq IS NOT NULL OR NOT has_event
),
moved AS (
    UPDATE feed_state SET head = head + (SELECT count(*) FROM kept) WHERE id = 1 RETURNING head
),
written AS (
    INSERT INTO feed_entry (
        id, kind, at, incident_id, seq, act, status, cell_id, class_id, department_id, left_id, called, plan_id, detail
    )
    SELECT
        moved.head - kept.n + kept.place,
        kept.kind,
        kept.at,
        kept.incident_id,
        CASE
            WHEN kept.seq IS NULL AND kept.kind = 'cases'
            THEN COALESCE((SELECT max(event.seq) FROM case_event AS event WHERE event.incident_id = kept.incident_id), 1)
            ELSE kept.seq
        END,
        kept.act,
        incident.status,
        incident.cell_id,
        incident.class_id,
        incident.department_id,
        kept.left_id,
        ARRAY(SELECT call.department_id FROM case_call AS call WHERE call.incident_id = kept.incident_id ORDER BY 1),
        kept.plan_id,
        kept.detail
    FROM kept
    CROSS JOIN moved
    LEFT JOIN incident ON incident.id = kept.incident_id AND incident.reported_at = kept.reported_at
)
SELECT head FROM moved
