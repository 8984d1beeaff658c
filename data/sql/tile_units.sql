-- Vector tile of the units of one level as of a boundary revision, made from their shapes; features carry nothing but
-- their id. For units that are not in pieces yet, and for grids coarser than that of the pieces.
-- Parameters: z, x, y, level, revision, extent (tile units a side), buffer (tile units), margin (buffer / extent), layer.
-- Columns: the tile
SELECT ST_AsMVT(feature, %(layer)s, %(extent)s, 'geom', 'id')
FROM (
    SELECT
        unit.id,
        ST_AsMVTGeom(unit.geom_3857, tile.box, %(extent)s, %(buffer)s, true) AS geom
    FROM (
        SELECT
            ST_TileEnvelope(%(z)s, %(x)s, %(y)s) AS box,
            ST_TileEnvelope(%(z)s, %(x)s, %(y)s, margin => %(margin)s) AS wide
    ) AS tile
    CROSS JOIN LATERAL units_in_box(tile.wide, %(level)s) AS near (id) -- by index, which security keeps && away from
    JOIN unit ON unit.id = near.id
    WHERE unit.level_key = %(level)s
        AND unit.revision_id <= %(revision)s
        AND (unit.ended_revision_id IS NULL OR unit.ended_revision_id > %(revision)s)
    ORDER BY unit.id
    OFFSET 0 -- else the condition below would make every shape a second time
) AS feature
WHERE geom IS NOT NULL
