-- What the snapshot of this transaction shows: its time, the city, the revision, the version of the rollups, the span of days.
-- Columns: as_of, time_zone, city, boundary_revision (0 none), version, pending, first_day, last_day (up to today, else NULL)
SELECT
    now() AS as_of,
    city_time_zone() AS time_zone,
    COALESCE((SELECT value FROM setting WHERE key = 'city'), '{}'::jsonb) AS city,
    COALESCE((SELECT max(id) FROM boundary_revision), 0) AS boundary_revision,
    (SELECT version FROM rollup_state) AS version,
    EXISTS (SELECT 1 FROM rollup_delta) AS pending,
    LEAST(
        (SELECT day FROM rollup_day WHERE class_id = 0 AND n > 0 ORDER BY day LIMIT 1),
        (SELECT min(day) FROM rollup_delta WHERE n > 0)
    ) AS first_day,
    GREATEST(
        (
            SELECT day FROM rollup_day
            WHERE class_id = 0 AND n > 0 AND day <= (now() AT TIME ZONE city_time_zone())::date
            ORDER BY day DESC
            LIMIT 1
        ),
        (SELECT max(day) FROM rollup_delta WHERE n > 0 AND day <= (now() AT TIME ZONE city_time_zone())::date)
    ) AS last_day
