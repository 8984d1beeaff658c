-- Cells that lie in a unit of one level but in no unit of the level above it, although not in nothing at all.
-- Parameters: place (place of the upper level in cell.unit_ids, from 1)
-- Columns: id, child_id (unit of the level below, 0 none)
SELECT id, COALESCE(unit_ids[%(place)s + 1], 0) AS child_id
FROM cell
WHERE id > 2000000000
    AND unit_ids[%(place)s] = 0
    AND (%(place)s = 1 OR unit_ids[%(place)s + 1] > 0)
ORDER BY id
