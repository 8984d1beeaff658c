-- Figures as they stood at a past moment, from the incidents' own times: reported and handled by then, finished by then.
-- A finished incident without a closing time counts as finished when it was handled, or else when it was reported; one
-- whose time limit is suspended and was never breached is not overdue.
-- Filled in by the reader: condition. Parameters: start, end, moment and those of the condition
-- Columns: key (0), n, n_open, n_overdue, n_closed, n_on_time, n_late
SELECT
    0 AS key,
    count(*) AS n,
    count(*) FILTER (WHERE NOT finished) AS n_open,
    count(*) FILTER (WHERE NOT finished AND NOT handled AND due AND (breached OR status <> 12)) AS n_overdue,
    count(*) FILTER (WHERE finished AND status = 6) AS n_closed,
    count(*) FILTER (WHERE handled AND in_time) AS n_on_time,
    count(*) FILTER (WHERE handled AND NOT in_time) AS n_late
FROM (
    SELECT
        status,
        breached,
        NOT is_open(status) AND COALESCE(closed_at, handled_at, reported_at) <= %(moment)s AS finished,
        COALESCE(handled_at <= %(moment)s, FALSE) AS handled,
        COALESCE(due_at <= %(moment)s, FALSE) AS due,
        handled_at <= due_at AS in_time
    FROM incident
    WHERE reported_at >= %(start)s
        AND reported_at < %(end)s
        AND reported_at <= %(moment)s
        AND {condition}
) AS then_state
