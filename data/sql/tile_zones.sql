-- Vector tile of zones; features carry nothing but their id.
-- Parameters: z, x, y, ids, extent (tile units a side), buffer (tile units), margin (buffer / extent), layer.
-- Columns: the tile
SELECT ST_AsMVT(feature, %(layer)s, %(extent)s, 'geom', 'id')
FROM (
    SELECT
        zone.id,
        ST_AsMVTGeom(zone.geom_3857, ST_TileEnvelope(%(z)s, %(x)s, %(y)s), %(extent)s, %(buffer)s, true) AS geom
    FROM zone
    WHERE zone.id = ANY(%(ids)s::int[])
        AND zone.geom_3857 && ST_TileEnvelope(%(z)s, %(x)s, %(y)s, margin => %(margin)s)
    ORDER BY zone.id
    OFFSET 0 -- else the condition below would make every shape a second time
) AS feature
WHERE geom IS NOT NULL
