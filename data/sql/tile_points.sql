-- Vector tile of single incidents, newest first where there are too many; those of sensitive classes at their small
-- grid's label point.
-- Parameters: z, x, y, lo, hi (codes, half-open), start, end (moments, half-open), class_ids (NULL all),
-- hidden (class ids never shown), cells (NULL all), limit, layer. Columns: the tile, and how many there are up to limit
SELECT ST_AsMVT(point, %(layer)s, 4096, 'geom', 'id') FILTER (WHERE geom IS NOT NULL), count(*)
FROM (
    SELECT
        id,
        class_id::int,
        status::int,
        ST_AsMVTGeom(ST_Transform(place, 3857), ST_TileEnvelope(%(z)s, %(x)s, %(y)s), 4096, 0, false) AS geom
    FROM (
        SELECT
            id,
            class_id,
            status,
            reported_at,
            CASE
                WHEN class_id = ANY(ARRAY(SELECT id FROM incident_class WHERE sensitive))
                    THEN (SELECT label_point FROM unit WHERE unit.id = incident.grid_id)
                ELSE geom
            END AS place
        FROM incident
        WHERE morton >= %(lo)s
            AND morton < %(hi)s
            AND reported_at >= %(start)s
            AND reported_at < %(end)s
            AND (%(class_ids)s::smallint[] IS NULL OR class_id = ANY(%(class_ids)s::smallint[]))
            AND class_id <> ALL(%(hidden)s::smallint[])
            AND (%(cells)s::int[] IS NULL OR cell_id = ANY(%(cells)s::int[]))
        ORDER BY reported_at DESC, id
        LIMIT %(limit)s
    ) AS newest
    ORDER BY reported_at DESC, id
) AS point
