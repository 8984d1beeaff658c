-- Figures of the sensitive incidents of some weeks, by cell and class; the measures are those of incident_measures.
-- Parameters: weeks (Mondays). Columns: week (days since 1970-01-01), cell_id, class_id and the measures
SELECT
    week - DATE '1970-01-01' AS week,
    cell_id,
    class_id::int,
    count(*) AS n,
    count(*) FILTER (WHERE is_open(status)) AS n_open,
    count(*) FILTER (WHERE is_open(status) AND breached AND handled_at IS NULL) AS n_overdue,
    count(*) FILTER (WHERE status = 6) AS n_closed,
    count(*) FILTER (WHERE handled_at <= due_at) AS n_on_time,
    count(*) FILTER (WHERE handled_at > due_at) AS n_late
FROM (
    SELECT *, date_trunc('week', reported_at AT TIME ZONE (SELECT city_time_zone()))::date AS week
    FROM incident
    WHERE reported_at >= (SELECT min(day) FROM unnest(%(weeks)s::date[]) AS asked (day))::timestamp
            AT TIME ZONE (SELECT city_time_zone())
        AND reported_at < (SELECT max(day) + 7 FROM unnest(%(weeks)s::date[]) AS asked (day))::timestamp
            AT TIME ZONE (SELECT city_time_zone())
        AND class_id = ANY(ARRAY(SELECT id FROM incident_class WHERE sensitive))
) AS sensitive
WHERE week = ANY(%(weeks)s::date[])
GROUP BY 1, 2, 3
