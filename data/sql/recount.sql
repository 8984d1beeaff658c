-- Figures counted from the incidents themselves; the measures are those of the view incident_measures.
-- Filled in by the reader: grouping (a column) and condition. Parameters: start, end, zone and those of the condition
-- Columns: key, n, n_open, n_overdue, n_closed, n_on_time, n_late
SELECT
    {grouping} AS key,
    count(*) AS n,
    count(*) FILTER (WHERE is_open(status)) AS n_open,
    count(*) FILTER (WHERE is_open(status) AND breached AND handled_at IS NULL) AS n_overdue,
    count(*) FILTER (WHERE status = 6) AS n_closed,
    count(*) FILTER (WHERE handled_at <= due_at) AS n_on_time,
    count(*) FILTER (WHERE handled_at > due_at) AS n_late
FROM incident
WHERE reported_at >= %(start)s
    AND reported_at < %(end)s
    AND {condition}
GROUP BY 1
