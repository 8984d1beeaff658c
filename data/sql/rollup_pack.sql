-- Packs the days that have been due longest and have not changed for some seconds.
-- Each twice: exactly, and as readers see it who may not see sensitive classes (plain).
-- Parameters: limit (days), quiet_s. Returns the number of days packed.
WITH taken AS (
    DELETE FROM rollup_pack_due
    WHERE day IN (
        SELECT day
        FROM rollup_pack_due
        WHERE changed_at <= now() - %(quiet_s)s * interval '1 second'
        ORDER BY day DESC
        LIMIT %(limit)s
    )
    RETURNING day
),
figure AS (
    SELECT
        plain, day, subject_id, sum(n)::int AS n, sum(n_open)::int AS n_open, sum(n_overdue)::int AS n_overdue,
        sum(n_closed)::int AS n_closed, sum(n_on_time)::int AS n_on_time, sum(n_late)::int AS n_late
    FROM (
        SELECT false AS plain, * FROM rollup_day WHERE class_id IN (-1, -2)
        UNION ALL
        SELECT true, * FROM rollup_day WHERE class_id = -1
        UNION ALL
        SELECT true, * FROM released_figure WHERE class_id = 0
    ) AS shown
    WHERE day = ANY(ARRAY(SELECT day FROM taken))
        AND subject_id >= 10000000
    GROUP BY plain, day, subject_id
),
packed AS (
    INSERT INTO rollup_pack (block, day, plain, subject_ids, n, n_open, n_overdue, n_closed, n_on_time, n_late)
    SELECT
        subject_id / 10000000,
        day,
        plain,
        string_agg(int4send(subject_id), ''::bytea ORDER BY subject_id),
        string_agg(int4send(n), ''::bytea ORDER BY subject_id),
        string_agg(int4send(n_open), ''::bytea ORDER BY subject_id),
        string_agg(int4send(n_overdue), ''::bytea ORDER BY subject_id),
        string_agg(int4send(n_closed), ''::bytea ORDER BY subject_id),
        string_agg(int4send(n_on_time), ''::bytea ORDER BY subject_id),
        string_agg(int4send(n_late), ''::bytea ORDER BY subject_id)
    FROM figure
    GROUP BY 1, 2, 3
)
SELECT count(*) FROM taken
