-- Figures of subjects over days, exact in this snapshot.
-- Parameters: subjects, days, classes ({0} = all together)
-- Columns: key (subject id), n, n_open, n_overdue, n_closed, n_on_time, n_late
SELECT
    subject_id AS key,
    sum(n)::bigint AS n, sum(n_open)::bigint AS n_open, sum(n_overdue)::bigint AS n_overdue,
    sum(n_closed)::bigint AS n_closed, sum(n_on_time)::bigint AS n_on_time, sum(n_late)::bigint AS n_late
FROM rollup
WHERE subject_id = ANY(%(subjects)s)
    AND day = ANY(%(days)s)
    AND class_id = ANY(%(classes)s)
GROUP BY subject_id
