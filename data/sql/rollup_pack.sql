-- Packs the days that have been due longest and have not changed for some seconds.
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
packed AS (
    INSERT INTO rollup_pack (block, day, subject_ids, n, n_open, n_overdue, n_closed, n_on_time, n_late)
    SELECT
        subject_id / 10000000,
        day,
        string_agg(int4send(subject_id), ''::bytea ORDER BY subject_id),
        string_agg(int4send(n), ''::bytea ORDER BY subject_id),
        string_agg(int4send(n_open), ''::bytea ORDER BY subject_id),
        string_agg(int4send(n_overdue), ''::bytea ORDER BY subject_id),
        string_agg(int4send(n_closed), ''::bytea ORDER BY subject_id),
        string_agg(int4send(n_on_time), ''::bytea ORDER BY subject_id),
        string_agg(int4send(n_late), ''::bytea ORDER BY subject_id)
    FROM rollup_day
    WHERE class_id = 0
        AND day = ANY(ARRAY(SELECT day FROM taken))
        AND subject_id >= 10000000
    GROUP BY 1, 2
)
SELECT count(*) FROM taken
