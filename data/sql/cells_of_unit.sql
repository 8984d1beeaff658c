-- Cells of a unit that the reader may see, with the unit one level down (0 none).
-- Parameters: unit, place (of that level in cell.unit_ids, from 1)
-- Columns: id, child_id
SELECT cell.id, COALESCE(cell.unit_ids[%(place)s], 0) AS child_id
FROM cell
WHERE cell.id = ANY(ARRAY(SELECT cells_of_unit(%(unit)s)))
