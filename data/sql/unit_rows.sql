-- Current units with their box and label point.
-- Filled in by the reader: condition (over unit, level) and ordering. Columns: the fields of data.reads.units.Unit
SELECT
    unit.id, unit.code, unit.name, unit.name_en, unit.level_key AS level, level.rank,
    parent.code AS parent, unit.parent_id, unit.path, unit.population, unit.households, unit.area_m2,
    ST_XMin(unit.geom) AS west, ST_YMin(unit.geom) AS south, ST_XMax(unit.geom) AS east, ST_YMax(unit.geom) AS north,
    ST_X(unit.label_point) AS label_lon, ST_Y(unit.label_point) AS label_lat,
    (SELECT count(*) FROM unit AS child WHERE child.parent_id = unit.id AND child.ended_revision_id IS NULL) AS children
FROM unit
JOIN level ON level.key = unit.level_key
LEFT JOIN unit AS parent ON parent.id = unit.parent_id
WHERE unit.ended_revision_id IS NULL
    AND {condition}
ORDER BY {ordering}
