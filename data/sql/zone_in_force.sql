-- The zone in force of each unit of a level, by code; of several plans that of the unit itself, else of the lowest one.
-- Parameters: level, within, today
-- Columns: code, plan_id, no
SELECT DISTINCT ON (unit.code) unit.code, zone_plan.id AS plan_id, zone_member.no
FROM zone_plan
JOIN zone_member ON zone_member.plan_id = zone_plan.id
JOIN unit ON unit.id = zone_member.unit_id
WHERE zone_plan.base_level = %(level)s
    AND zone_plan.adopted_from <= %(today)s
    AND (zone_plan.superseded_from IS NULL OR zone_plan.superseded_from > %(today)s)
ORDER BY unit.code, zone_plan.within_id <> %(within)s, cardinality(zone_plan.within_path) DESC, zone_plan.id
