-- Figures of a set of subjects by class over days, exact in this snapshot.
-- Parameters: subjects, first, last, classes (NULL = every class)
-- Columns: key (class id), n, n_open, n_overdue, n_closed, n_on_time, n_late
SELECT
    class_id::int AS key,
    sum(n)::bigint AS n, sum(n_open)::bigint AS n_open, sum(n_overdue)::bigint AS n_overdue,
    sum(n_closed)::bigint AS n_closed, sum(n_on_time)::bigint AS n_on_time, sum(n_late)::bigint AS n_late
FROM rollup
WHERE subject_id = ANY(%(subjects)s)
    AND day BETWEEN %(first)s AND %(last)s
    AND class_id > 0
    AND (%(classes)s::smallint[] IS NULL OR class_id = ANY(%(classes)s))
GROUP BY class_id
