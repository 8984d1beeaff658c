-- Cells that can hold a point of a box: of small grids that touch it, and those without a small grid.
-- Parameters: west, south, east, north (degrees, WGS 84)
-- Columns: id
SELECT cell.id
FROM cell
JOIN unit ON unit.id = cell.grid_id
WHERE unit.geom_3857 && ST_Expand(
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
)
UNION ALL
SELECT id
FROM cell
WHERE grid_id IS NULL
