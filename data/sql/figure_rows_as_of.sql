-- Cases as they stood at a moment: those to which nothing happened since, and others as folded from their events.
-- Parameters: now, folded (JSON of the others). Columns: those of incident that figures ask for
(
    SELECT
        id, reported_at, cell_id, class_id, status, breached, department_id, filed_at, dispatched_at, handled_at,
        closed_at, due_at, closing_due_at, close_reason, marks
    FROM incident
    WHERE reported_at <= %(now)s
        AND NOT EXISTS (SELECT FROM case_event WHERE case_event.incident_id = incident.id AND case_event.at > %(now)s)
    UNION ALL
    SELECT
        id, reported_at, cell_id, class_id, status, breached, department_id, filed_at, dispatched_at, handled_at,
        closed_at, due_at, closing_due_at, close_reason, marks
    FROM jsonb_to_recordset(%(folded)s::jsonb) AS folded (
        id bigint, reported_at timestamptz, cell_id integer, class_id smallint, status smallint, breached boolean,
        department_id smallint, filed_at timestamptz, dispatched_at timestamptz, handled_at timestamptz,
        closed_at timestamptz, due_at timestamptz, closing_due_at timestamptz, close_reason text, marks smallint
    )
) AS stood
