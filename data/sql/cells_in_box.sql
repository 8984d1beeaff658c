-- Cells that can hold a point of a box: of small grids that touch it, and those without a small grid.
-- Parameters: west, south, east, north (degrees, WGS 84)
-- Columns: id
SELECT cell.id
FROM cell
JOIN units_in_box(
    ST_Expand(
        ST_Transform(
            ST_MakeEnvelope(
                %(west)s::float8,
                GREATEST(%(south)s::float8, -85),
                %(east)s::float8,
                LEAST(%(north)s::float8, 85),
                4326
            ),
            3857
        ),
        1
    ),
    (SELECT key FROM level ORDER BY rank DESC LIMIT 1)
) AS grid (id) ON grid.id = cell.grid_id
UNION ALL
SELECT id
FROM cell
WHERE grid_id IS NULL
