-- Gives the zones of a plan their codes, names and shapes; shapes are those of their units put together.
-- Materialised: inside a nested loop all units would be put together once for each zone.
-- Parameters: plan, and parallel arrays no, codes, names, names_en. Columns: none
WITH shape AS MATERIALIZED (
    SELECT
        member.no,
        sum(unit.area_m2) AS area_m2,
        sum(unit.population) AS population,
        ST_Multi(ST_CollectionExtract(ST_MakeValid(ST_Union(unit.geom)), 3)) AS geom
    FROM zone_member AS member
    JOIN unit ON unit.id = member.unit_id
    WHERE member.plan_id = %(plan)s
    GROUP BY member.no
)
UPDATE zone
SET code = given.code,
    name = given.name,
    name_en = given.name_en,
    area_m2 = shape.area_m2,
    population = shape.population,
    geom = shape.geom,
    geom_3857 = ST_Multi(ST_Transform(shape.geom, 3857)),
    label_point = ST_PointOnSurface(shape.geom)
FROM unnest(%(no)s::integer[], %(codes)s::text[], %(names)s::text[], %(names_en)s::text[])
    AS given (no, code, name, name_en)
JOIN shape USING (no)
WHERE zone.plan_id = %(plan)s AND zone.no = given.no
