-- The current units that a point lies in, at most one per level, from the highest level down.
-- Parameters: lon, lat (degrees, WGS 84). Columns: id
WITH point AS (
    SELECT ST_Transform(ST_SetSRID(ST_MakePoint(%(lon)s, %(lat)s), 4326), 3857) AS geom
),
hit AS (
    SELECT DISTINCT ON (level.rank) level.rank, unit.id
    FROM point
    CROSS JOIN level
    CROSS JOIN LATERAL units_in_box(point.geom, level.key) AS near (id)
    JOIN unit ON unit.id = near.id
    WHERE unit.ended_revision_id IS NULL
        AND ST_Covers(unit.geom_3857, point.geom)
    ORDER BY level.rank, unit.id
)
SELECT id FROM hit ORDER BY rank
