-- Shape of a unit for masking a picture, without detail below a tolerance.
-- Parameters: id, tolerance (degrees). Columns: WKB of the shape, degrees WGS 84
SELECT ST_AsBinary(ST_SimplifyPreserveTopology(geom, %(tolerance)s))
FROM unit
WHERE id = %(id)s
