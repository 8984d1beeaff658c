-- Adds the figures of the temporary table rollup_new to the folded rows.
INSERT INTO rollup_day AS folded (class_id, day, subject_id, n, n_open, n_overdue, n_closed, n_on_time, n_late)
SELECT
    class_id,
    day,
    subject_id,
    sum(n),
    sum(n_open),
    sum(n_overdue),
    sum(n_closed),
    sum(n_on_time),
    sum(n_late)
FROM rollup_new
GROUP BY class_id, day, subject_id
ORDER BY class_id, day, subject_id
ON CONFLICT (class_id, day, subject_id) DO UPDATE SET
    n = folded.n + excluded.n,
    n_open = folded.n_open + excluded.n_open,
    n_overdue = folded.n_overdue + excluded.n_overdue,
    n_closed = folded.n_closed + excluded.n_closed,
    n_on_time = folded.n_on_time + excluded.n_on_time,
    n_late = folded.n_late + excluded.n_late
