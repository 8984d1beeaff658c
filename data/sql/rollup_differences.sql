-- How many figures differ from a recount of the incidents, in one snapshot; class -1 is all that are not sensitive,
-- -2 all that are, 0 both.
WITH recount AS (
    SELECT
        class.class_id,
        measures.day,
        subject.subject_id,
        sum(n) AS n,
        sum(n_open) AS n_open,
        sum(n_overdue) AS n_overdue,
        sum(n_closed) AS n_closed,
        sum(n_on_time) AS n_on_time,
        sum(n_late) AS n_late
    FROM incident_measures AS measures
    JOIN cell ON cell.id = measures.cell_id
    CROSS JOIN LATERAL unnest(cell.subjects) AS subject (subject_id)
    CROSS JOIN LATERAL (
        VALUES
            (0::smallint),
            (CASE WHEN measures.class_id = ANY(ARRAY(SELECT id FROM incident_class WHERE sensitive)) THEN -2 ELSE -1 END::smallint),
            (measures.class_id)
    ) AS class (class_id)
    WHERE class.class_id <= 0
        OR (
            subject.subject_id <= 0
            OR subject.subject_id / 10000000 NOT IN (SELECT first_id / 10000000 FROM level WHERE NOT rollup_by_class)
        )
    GROUP BY 1, 2, 3
),
kept AS (
    SELECT
        class_id,
        day,
        subject_id,
        sum(n) AS n,
        sum(n_open) AS n_open,
        sum(n_overdue) AS n_overdue,
        sum(n_closed) AS n_closed,
        sum(n_on_time) AS n_on_time,
        sum(n_late) AS n_late
    FROM (
        SELECT class_id, day, subject_id, n, n_open, n_overdue, n_closed, n_on_time, n_late FROM rollup
        UNION ALL
        SELECT * FROM rollup_day WHERE class_id < 0
        UNION ALL
        SELECT
            CASE WHEN class.sensitive THEN -2 ELSE -1 END, delta.day, subject.subject_id,
            delta.n, delta.n_open, delta.n_overdue, delta.n_closed, delta.n_on_time, delta.n_late
        FROM rollup_delta AS delta
        JOIN incident_class AS class ON class.id = delta.class_id
        JOIN cell ON cell.id = delta.cell_id
        CROSS JOIN LATERAL unnest(cell.subjects) AS subject (subject_id)
    ) AS kept_rows
    GROUP BY 1, 2, 3
    HAVING sum(n) <> 0
)
SELECT count(*)
FROM (
    (SELECT * FROM recount EXCEPT SELECT * FROM kept)
    UNION ALL
    (SELECT * FROM kept EXCEPT SELECT * FROM recount)
) AS difference
