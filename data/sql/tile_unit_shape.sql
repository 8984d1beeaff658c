-- Shape of a unit or zone (by the range of its id) for masking a picture, without detail below a tolerance.
-- Parameters: id, tolerance (degrees). Columns: WKB of the shape, degrees WGS 84
SELECT ST_AsBinary(ST_SimplifyPreserveTopology(geom, %(tolerance)s))
FROM (
    SELECT geom FROM unit WHERE id = %(id)s
    UNION ALL
    SELECT geom FROM zone WHERE id = %(id)s
) AS shape
