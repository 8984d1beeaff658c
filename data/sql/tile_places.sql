-- Vector tile of places.
-- Parameters: z, x, y, kinds (NULL all), extent, layer. Columns: the tile
SELECT ST_AsMVT(feature, %(layer)s, %(extent)s, 'geom', 'id')
FROM (
    SELECT
        id,
        kind,
        name,
        service_radius_m,
        ST_AsMVTGeom(geom_3857, ST_TileEnvelope(%(z)s, %(x)s, %(y)s), %(extent)s, 64, true) AS geom
    FROM place
    WHERE id = ANY(ARRAY(SELECT places_in_box(ST_TileEnvelope(%(z)s, %(x)s, %(y)s, margin => 0.015625))))
        AND (%(kinds)s::text[] IS NULL OR kind = ANY(%(kinds)s::text[]))
    ORDER BY id
    OFFSET 0 -- else the condition below would make every point a second time
) AS feature
WHERE geom IS NOT NULL
