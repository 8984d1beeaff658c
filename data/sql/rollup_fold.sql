-- Moves the pending changes that this snapshot sees into the folded rows. Returns their number and days.
-- Class -1 is all that are not sensitive, -2 all that are; weeks in which a sensitive class changed are to be released anew.
-- One statement, so the rows deleted are exactly the rows added.
WITH taken AS (
    DELETE FROM rollup_delta RETURNING *
),
spread AS (
    SELECT
        class.class_id,
        taken.day,
        subject.subject_id,
        sum(taken.n) AS n,
        sum(taken.n_open) AS n_open,
        sum(taken.n_overdue) AS n_overdue,
        sum(taken.n_closed) AS n_closed,
        sum(taken.n_on_time) AS n_on_time,
        sum(taken.n_late) AS n_late
    FROM taken
    JOIN cell ON cell.id = taken.cell_id
    CROSS JOIN LATERAL unnest(cell.subjects) AS subject (subject_id)
    CROSS JOIN LATERAL (
        VALUES
            (CASE WHEN taken.class_id = ANY(ARRAY(SELECT id FROM incident_class WHERE sensitive)) THEN -2 ELSE -1 END::smallint),
            (taken.class_id)
    ) AS class (class_id)
    WHERE class.class_id < 0
        OR (
            subject.subject_id <= 0
            OR subject.subject_id / 10000000 NOT IN (SELECT first_id / 10000000 FROM level WHERE NOT rollup_by_class)
        )
    GROUP BY class.class_id, taken.day, subject.subject_id
),
folded AS (
    INSERT INTO rollup_day AS held (class_id, day, subject_id, n, n_open, n_overdue, n_closed, n_on_time, n_late)
    SELECT class_id, day, subject_id, n, n_open, n_overdue, n_closed, n_on_time, n_late
    FROM spread
    ORDER BY class_id, day, subject_id
    ON CONFLICT (class_id, day, subject_id) DO UPDATE SET
        n = held.n + excluded.n,
        n_open = held.n_open + excluded.n_open,
        n_overdue = held.n_overdue + excluded.n_overdue,
        n_closed = held.n_closed + excluded.n_closed,
        n_on_time = held.n_on_time + excluded.n_on_time,
        n_late = held.n_late + excluded.n_late
),
released AS (
    INSERT INTO released_due (week)
    SELECT DISTINCT date_trunc('week', day)::date
    FROM taken
    WHERE class_id = ANY(ARRAY(SELECT id FROM incident_class WHERE sensitive))
    ON CONFLICT (week) DO UPDATE SET changed_at = now()
)
SELECT count(*), array_agg(DISTINCT day) FROM taken
