-- What the snapshot of this transaction shows: its time, the city, the revision, the version of the rollups, the span of
-- days, and how far its reader sees.
-- Columns: as_of, time_zone, city, boundary_revision (0 none), version, pending, first_day, last_day (up to today, else
-- NULL), area_id (NULL the whole city), department_id (NULL all), sees_sensitive,
-- minimum_count (NULL for who sees sensitive classes), withheld_ids (none for those)
SELECT
    now() AS as_of,
    city_time_zone() AS time_zone,
    COALESCE((SELECT value FROM setting WHERE key = 'city'), '{}'::jsonb) AS city,
    COALESCE((SELECT max(id) FROM boundary_revision), 0) AS boundary_revision,
    (SELECT version FROM rollup_state) AS version,
    days.pending,
    days.first_day,
    days.last_day,
    NULLIF(scope_unit(), 0) AS area_id,
    NULLIF(scope_department(), 0) AS department_id,
    scope_sees_sensitive() AS sees_sensitive,
    CASE
        WHEN NOT scope_sees_sensitive() THEN (SELECT value::text::integer FROM setting WHERE key = 'minimum_count')
    END AS minimum_count,
    ARRAY(SELECT id::integer FROM incident_class WHERE sensitive AND NOT scope_sees_sensitive()) AS withheld_ids
FROM city_days() AS days
