-- Current units of a level inside a unit, with outline and the units above: what a plan is drawn from.
-- Parameters: level, within (id of a unit)
-- Columns: the fields of data.zoning.plan_sheet.SheetRow
SELECT
    unit.id, unit.code, unit.name, unit.name_en, unit.path,
    ST_X(unit.label_point) AS lon, ST_Y(unit.label_point) AS lat, ST_AsBinary(unit.geom) AS outline
FROM unit
WHERE unit.ended_revision_id IS NULL
    AND unit.level_key = %(level)s
    AND unit.path @> ARRAY[%(within)s::integer]
ORDER BY unit.id
