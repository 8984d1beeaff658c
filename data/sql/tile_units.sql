-- Vector tile of the units of one level as of a boundary revision; features carry nothing but their id.
-- A unit that stays valid on the grid of the zoom (unit_plain_zooms), and lies in the tile or sticks out by less than half
-- of it, is just moved onto the grid; maps draw what is inside. ST_AsMVTGeom, which clips and repairs every shape whatever
-- it is, takes several times as long.
-- Parameters: z, x, y, level, revision, extent (tile units a side), buffer (tile units), margin (buffer / extent), layer.
-- Columns: the tile
SELECT ST_AsMVT(feature, %(layer)s, %(extent)s, 'geom', 'id')
FROM (
    SELECT
        unit.id,
        CASE
            WHEN noted.zooms & (1 << %(z)s) <> 0 AND unit.geom_3857 @ tile.near AND %(extent)s = 4096 THEN
                ST_SnapToGrid(
                    ST_Affine(
                        ST_ForcePolygonCW(unit.geom_3857),
                        tile.scale, 0, 0, -tile.scale, -ST_XMin(tile.box) * tile.scale, ST_YMax(tile.box) * tile.scale
                    ),
                    1
                )
            ELSE ST_AsMVTGeom(unit.geom_3857, tile.box, %(extent)s, %(buffer)s, true)
        END AS geom
    FROM (
        SELECT
            box,
            ST_TileEnvelope(%(z)s, %(x)s, %(y)s, margin => %(margin)s) AS wide,
            ST_TileEnvelope(%(z)s, %(x)s, %(y)s, margin => 0.5) AS near,
            %(extent)s / (ST_XMax(box) - ST_XMin(box)) AS scale
        FROM (SELECT ST_TileEnvelope(%(z)s, %(x)s, %(y)s) AS box) AS envelope
    ) AS tile
    JOIN unit ON unit.geom_3857 && tile.wide
    LEFT JOIN unit_plain_zooms AS noted ON noted.unit_id = unit.id
    WHERE unit.level_key = %(level)s
        AND unit.revision_id <= %(revision)s
        AND (unit.ended_revision_id IS NULL OR unit.ended_revision_id > %(revision)s)
    ORDER BY unit.id
    OFFSET 0 -- else the condition below would make every shape a second time
) AS feature
WHERE geom IS NOT NULL
