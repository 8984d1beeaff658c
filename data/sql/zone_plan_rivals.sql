-- Adopted plans with a unit of this plan, by code, that are in force on a day or after it.
-- Parameters: plan, within, level (of the unit that is divided), base, from
-- Columns: id, name, same (whether it divides the same unit), adopted_from, superseded_from
SELECT
    rival.id, rival.name, unit.code = %(within)s AND unit.level_key = %(level)s AS same, rival.adopted_from,
    rival.superseded_from
FROM zone_plan AS rival
JOIN unit ON unit.id = rival.within_id
WHERE rival.adopted_from IS NOT NULL
    AND rival.id <> %(plan)s
    AND rival.base_level = %(base)s
    AND (rival.superseded_from IS NULL OR rival.superseded_from > %(from)s)
    AND EXISTS (
        SELECT FROM zone_member AS theirs
        JOIN unit AS their_unit ON their_unit.id = theirs.unit_id
        JOIN unit AS own_unit ON own_unit.level_key = their_unit.level_key AND own_unit.code = their_unit.code
        JOIN zone_member AS own ON own.unit_id = own_unit.id AND own.plan_id = %(plan)s
        WHERE theirs.plan_id = rival.id
    )
ORDER BY rival.adopted_from, rival.id
