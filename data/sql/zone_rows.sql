-- Zones of adopted plans, each with the current units that it is made of and the reader may see, by id.
-- A unit whose border changed since the adoption counts by its code. A zone is in force on a day on which its plan is,
-- unless a plan adopted later and in force as well divides an area that one of its units lies in.
-- Filled in by the reader: condition (over zone, plan). Parameters: day (NULL is today), plans (ids of those to take as in force
-- instead, NULL by the day), within (unit id, NULL all)
-- Columns: the fields of data.reads.zones.ZoneRow
WITH plan AS MATERIALIZED (
    SELECT
        held.id, held.name, held.base_level, held.base_rank, held.adopted_from, held.superseded_from,
        COALESCE(within.id, held.within_id) AS within_id,
        COALESCE(within.path, held.within_path[1:1]) AS path,
        CASE
            WHEN %(plans)s::int[] IS NULL
                THEN held.adopted_from <= asked.day AND COALESCE(held.superseded_from > asked.day, true)
            ELSE held.id = ANY(%(plans)s::int[])
        END AS is_current
    FROM zone_plan AS held
    CROSS JOIN (
        SELECT COALESCE(%(day)s::date, (now() AT TIME ZONE city_time_zone())::date) AS day
    ) AS asked
    LEFT JOIN unit AS drawn ON drawn.id = held.within_id
    LEFT JOIN unit AS within ON within.level_key = drawn.level_key
        AND within.code = drawn.code
        AND within.ended_revision_id IS NULL
    WHERE held.adopted_from IS NOT NULL
),
chosen AS MATERIALIZED ( -- once: each mention of the table costs its policies
    SELECT
        zone.id, zone.plan_id, zone.no, zone.code, zone.name, zone.name_en, zone.members, zone.population, zone.area_m2,
        ST_XMin(zone.geom) AS west, ST_YMin(zone.geom) AS south, ST_XMax(zone.geom) AS east, ST_YMax(zone.geom) AS north,
        ST_X(zone.label_point) AS label_lon, ST_Y(zone.label_point) AS label_lat
    FROM zone
    JOIN plan ON plan.id = zone.plan_id
    WHERE zone.code IS NOT NULL
        AND {condition}
),
part AS MATERIALIZED (
    SELECT chosen.id AS zone_id, chosen.plan_id, unit.id, unit.path, unit.households
    FROM chosen
    JOIN zone_member AS member ON member.plan_id = chosen.plan_id AND member.no = chosen.no
    JOIN unit AS drawn ON drawn.id = member.unit_id
    JOIN unit ON unit.level_key = drawn.level_key AND unit.code = drawn.code AND unit.ended_revision_id IS NULL
),
divided_anew AS MATERIALIZED (
    SELECT DISTINCT part.zone_id
    FROM plan
    JOIN plan AS later ON later.is_current
        AND (later.adopted_from, later.id) > (plan.adopted_from, plan.id)
        AND (later.path @> ARRAY[plan.within_id] OR plan.path @> ARRAY[later.within_id])
    JOIN part ON part.plan_id = plan.id AND part.path @> ARRAY[later.within_id]
    WHERE plan.is_current
),
made AS (
    SELECT
        zone_id,
        array_agg(id ORDER BY id) AS members,
        COALESCE(array_agg(id ORDER BY id) FILTER (
            WHERE %(within)s::int IS NULL OR path @> ARRAY[%(within)s::int]
        ), '{{}}') AS inside,
        bool_and(COALESCE(scope_unit(), 0) = 0 OR path @> ARRAY[scope_unit()]) AS is_in_area,
        CASE WHEN min(path[2]) = max(path[2]) THEN min(path[2]) END AS county_id,
        sum(households)::int AS households
    FROM part
    GROUP BY zone_id
),
placed AS (
    SELECT
        made.*,
        CASE
            WHEN cardinality(plan.path) = 1 AND plan.base_rank > 1 AND made.county_id IS NOT NULL
                THEN plan.path || made.county_id
            ELSE plan.path
        END AS path_above,
        plan.is_current AND NOT EXISTS (SELECT FROM divided_anew WHERE divided_anew.zone_id = made.zone_id) AS in_force,
        plan.id AS plan_id, plan.name AS plan_name, plan.base_level, plan.base_rank,
        plan.adopted_from, plan.superseded_from
    FROM made
    JOIN chosen ON chosen.id = made.zone_id
    JOIN plan ON plan.id = chosen.plan_id
)
SELECT
    zone.id, zone.code, zone.name, zone.name_en, zone.members AS member_count, zone.population, zone.area_m2,
    placed.households, placed.members, placed.inside, placed.is_in_area, placed.in_force,
    placed.plan_id, placed.plan_name, placed.base_level, placed.base_rank, placed.adopted_from, placed.superseded_from,
    placed.path_above,
    (SELECT unit.code FROM unit WHERE unit.id = placed.path_above[cardinality(placed.path_above)]) AS parent,
    zone.west, zone.south, zone.east, zone.north, zone.label_lon, zone.label_lat
FROM placed
JOIN chosen AS zone ON zone.id = placed.zone_id
ORDER BY placed.in_force DESC, zone.id
