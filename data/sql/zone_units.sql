-- Current units of a level below a unit, as the planner of zones reads them.
-- Parameters: level, within
-- Columns: the fields of data.zoning.base_units.BaseUnit
SELECT
    id, code, name, name_en, parent_id, path, population, area_m2,
    ST_X(label_point) AS lon, ST_Y(label_point) AS lat
FROM unit
WHERE ended_revision_id IS NULL
    AND level_key = %(level)s
    AND path @> ARRAY[%(within)s::integer]
ORDER BY id
