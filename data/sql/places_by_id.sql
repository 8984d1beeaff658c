-- Places among these ids, as many as the scope shows, in the order of the ids.
-- Parameters: ids (best first), limit. Columns: the fields of data.reads.place_search.FoundPlace
SELECT
    place.id, place.kind, place.code, place.name, place.name_en, ST_X(place.geom) AS lon, ST_Y(place.geom) AS lat,
    unit.code AS unit_code, unit.name AS unit_name
FROM unnest(%(ids)s::integer[]) WITH ORDINALITY AS asked (id, position)
JOIN place ON place.id = asked.id
LEFT JOIN cell ON cell.id = place.cell_id
LEFT JOIN unit ON unit.id = cell.grid_id
ORDER BY asked.position
LIMIT %(limit)s
