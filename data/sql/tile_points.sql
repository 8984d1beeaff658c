-- Vector tile of single incidents, newest first where there are too many.
-- Parameters: z, x, y, lo, hi (codes, half-open), start, end (moments, half-open), class_ids (NULL all),
-- hidden (class ids never shown), limit, layer. Columns: the tile
SELECT ST_AsMVT(point, %(layer)s, 4096, 'geom', 'id')
FROM (
    SELECT
        id,
        class_id::int,
        status::int,
        ST_AsMVTGeom(ST_Transform(geom, 3857), ST_TileEnvelope(%(z)s, %(x)s, %(y)s), 4096, 0, false) AS geom
    FROM incident
    WHERE morton >= %(lo)s
        AND morton < %(hi)s
        AND reported_at >= %(start)s
        AND reported_at < %(end)s
        AND (%(class_ids)s::smallint[] IS NULL OR class_id = ANY(%(class_ids)s::smallint[]))
        AND class_id <> ALL(%(hidden)s::smallint[])
    ORDER BY reported_at DESC, id
    LIMIT %(limit)s
) AS point
WHERE geom IS NOT NULL
