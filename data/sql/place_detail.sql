-- One place with the smallest unit that it lies in.
-- Parameters: id. Columns: the fields of data.reads.places.PlaceDetail
SELECT
    place.id, place.kind, place.code, place.name, place.name_en, place.service_radius_m,
    unit.code AS unit_code, unit.name AS unit_name, unit.level_key AS unit_level, ST_X(place.geom) AS lon, ST_Y(place.geom) AS lat
FROM place
JOIN cell ON cell.id = place.cell_id
LEFT JOIN LATERAL (
    SELECT unit.code, unit.name, unit.level_key
    FROM unit
    JOIN level ON level.key = unit.level_key
    WHERE unit.id = ANY(cell.unit_ids)
    ORDER BY level.rank DESC
    LIMIT 1
) AS unit ON TRUE
WHERE place.id = %(id)s
