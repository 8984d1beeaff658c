-- Released figures of sensitive classes; nothing for a reader who sees exact figures.
-- Filled in by the reader: grouping (a column). Parameters: subjects, days, classes (0 is all together; NULL: each class)
-- Columns: key, n, n_open, n_overdue, n_closed, n_on_time, n_late
SELECT
    {grouping} AS key,
    sum(n)::bigint AS n, sum(n_open)::bigint AS n_open, sum(n_overdue)::bigint AS n_overdue,
    sum(n_closed)::bigint AS n_closed, sum(n_on_time)::bigint AS n_on_time, sum(n_late)::bigint AS n_late
FROM released_figure
WHERE NOT (SELECT scope_sees_sensitive())
    AND subject_id = ANY(%(subjects)s::int[])
    AND day = ANY(%(days)s::date[])
    AND (class_id = ANY(%(classes)s::smallint[]) OR %(classes)s::smallint[] IS NULL AND class_id > 0)
GROUP BY 1
