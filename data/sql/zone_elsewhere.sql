-- What codes are that belong to no unit of a plan: units that ended, of another level, or outside of the area.
-- Parameters: codes, level
-- Columns: the fields of data.zoning.elsewhere.Elsewhere
SELECT DISTINCT ON (unit.code)
    unit.code, unit.level_key AS level, level.name_en AS level_name, unit.ended_revision_id AS ended
FROM unit
JOIN level ON level.key = unit.level_key
WHERE unit.code = ANY(%(codes)s::text[])
ORDER BY unit.code, unit.level_key <> %(level)s, unit.ended_revision_id IS NOT NULL, unit.ended_revision_id DESC
