-- Places of some kinds with the unit of a level in which they lie.
-- Parameters: kinds, place (of the level in cell.unit_ids, from 1)
-- Columns: the fields of data.zoning.posts.PostRow
SELECT
    place.id, place.kind, place.code, place.name, place.name_en, place.service_radius_m,
    ST_X(place.geom) AS lon, ST_Y(place.geom) AS lat, cell.unit_ids[%(place)s] AS unit_id
FROM place
JOIN cell ON cell.id = place.cell_id
WHERE place.kind = ANY(%(kinds)s)
ORDER BY place.id
