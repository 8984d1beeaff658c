-- Zones with their outlines, by id.
-- Parameters: ids. Columns: the fields of data.reads.shapes.UnitShape
SELECT
    zone.id, zone.code, zone.name, zone.name_en, 'zone' AS level,
    (
        SELECT unit.code
        FROM zone_plan
        JOIN unit ON unit.id = zone_plan.within_id
        WHERE zone_plan.id = zone.plan_id
    ) AS parent,
    zone.population, NULL::int AS households, zone.area_m2,
    ST_AsGeoJSON(zone.geom, 7) AS geometry
FROM zone
WHERE zone.id = ANY(%(ids)s::int[])
ORDER BY zone.id
