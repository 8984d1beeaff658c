-- Zones with their outlines, by id.
-- Parameters: ids. Columns: the fields of data.reads.shapes.UnitShape
SELECT
    zone.id, zone.code, zone.name, zone.name_en, 'zone' AS level,
    (
        SELECT unit.code
        FROM unit
        WHERE unit.id = zone_plan.within_id
    ) AS parent,
    zone.population, NULL::int AS households, zone.area_m2,
    ST_AsGeoJSON(zone.geom, 7) AS geometry,
    zone.plan_id, zone_plan.boundary_revision AS drawn_on
FROM zone
LEFT JOIN zone_plan ON zone_plan.id = zone.plan_id
WHERE zone.id = ANY(%(ids)s::int[])
ORDER BY zone.id
