-- What a ground depends on besides incidents: when one of these changes, it has to be read anew.
-- Parameters: level
-- Columns: boundary_revision, links, links_at, in_force, today
SELECT
    COALESCE((SELECT max(id) FROM boundary_revision), 0) AS boundary_revision,
    (SELECT count(*) FROM zone_link WHERE level_key = %(level)s) AS links,
    (SELECT max(made_at) FROM zone_link WHERE level_key = %(level)s) AS links_at,
    (
        SELECT max(changed_at) FROM zone_plan WHERE base_level = %(level)s AND adopted_from IS NOT NULL
    ) AS in_force,
    (now() AT TIME ZONE city_time_zone())::date AS today
