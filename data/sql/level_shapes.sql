-- Current units of a level with their outlines, a slice by id.
-- Parameters: first_id, last_id
-- Columns: the fields of data.reads.shapes.UnitShape
SELECT
    unit.id, unit.code, unit.name, unit.name_en, unit.level_key AS level, parent.code AS parent,
    unit.population, unit.households, unit.area_m2, ST_AsGeoJSON(unit.geom, 7) AS geometry,
    NULL::int AS plan_id, NULL::int AS drawn_on
FROM unit
LEFT JOIN unit AS parent ON parent.id = unit.parent_id
WHERE unit.ended_revision_id IS NULL
    AND unit.id BETWEEN %(first_id)s AND %(last_id)s
ORDER BY unit.id
