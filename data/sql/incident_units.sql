-- The units of a cell, from the city down.
-- Parameters: cell
-- Columns: id, code, name, name_en, level
SELECT unit.id, unit.code, unit.name, unit.name_en, unit.level_key AS level
FROM cell
CROSS JOIN LATERAL unnest(cell.unit_ids) WITH ORDINALITY AS lies_in (unit_id, place)
JOIN unit ON unit.id = lies_in.unit_id
WHERE cell.id = %(cell)s
ORDER BY lies_in.place
