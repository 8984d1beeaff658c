-- What tiles depend on: newest boundaries (0 before the first), version of the figures, plans of zones.
-- Columns: the fields of data.tiles.TileState
SELECT
    COALESCE((SELECT max(id) FROM boundary_revision), 0) AS revision,
    (SELECT version FROM rollup_state) AS version,
    COALESCE(string_agg(id::text, ',' ORDER BY id) FILTER (
        WHERE (now() AT TIME ZONE city_time_zone())::date >= adopted_from
            AND COALESCE(superseded_from > (now() AT TIME ZONE city_time_zone())::date, true)
    ), '') AS plans,
    COALESCE(string_agg(id::text, ',' ORDER BY id), '') AS adopted
FROM zone_plan
WHERE adopted_from IS NOT NULL
