-- Names and label points of the units of one level as of a boundary revision.
-- Parameters: level, revision. Columns: the fields of data.tiles.Label
SELECT
    unit.id,
    unit.name,
    unit.name_en,
    ST_X(unit.label_point) AS lon,
    ST_Y(unit.label_point) AS lat
FROM unit
WHERE unit.level_key = %(level)s
    AND unit.revision_id <= %(revision)s
    AND (unit.ended_revision_id IS NULL OR unit.ended_revision_id > %(revision)s)
ORDER BY unit.id
