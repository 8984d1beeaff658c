-- Cells that lie in some units of one level, but outside a unit of a level above.
-- Parameters: place (of the level in cell.unit_ids, from 1), units, above
-- Columns: id, child_id
SELECT id, unit_ids[%(place)s] AS child_id
FROM cell
WHERE unit_ids[%(place)s] = ANY(%(units)s::int[])
    AND NOT subjects @> ARRAY[%(above)s::int]
