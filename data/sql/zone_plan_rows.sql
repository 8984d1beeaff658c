-- Plans that the asker may open in full: those that divide a unit of the own scope.
-- Parameters: of the condition. Placeholders: condition, ordering, locking
-- Columns: the fields of data.zoning.stored_plans.StoredPlan
SELECT
    plan.id, plan.name,
    -- Until the day on which another plan takes over, the old one is in force.
    CASE
        WHEN plan.state = 'superseded' AND plan.superseded_from > (now() AT TIME ZONE city_time_zone())::date
            THEN 'adopted'
        ELSE plan.state
    END AS state,
    plan.version, plan.head, plan.done, plan.undone, plan.within_id, unit.code AS within, unit.name AS within_name,
    unit.name_en AS within_name_en, unit.level_key AS within_level, plan.base_level AS base, plan.base_rank,
    plan.boundary_revision,
    (SELECT coalesce(max(revision.id), 0) FROM boundary_revision AS revision) AS present_revision, plan.unit_ids, plan.zones, plan.locked_unit_ids, plan.parameters, plan.seed, plan.hash,
    plan.figures, plan.start_figures, plan.made_at, plan.changed_at, plan.account_id, plan.account_name AS made_by,
    plan.adopted_from, plan.adopted_at, plan.adopted_by, plan.superseded_from, plan.superseded_by
FROM zone_plan AS plan
JOIN unit ON unit.id = plan.within_id
WHERE (
        session_user <> 'minqing_web' OR (SELECT scope_is_city())
        OR plan.within_path && (SELECT scope_unit_ids())
    )
    AND {condition}
ORDER BY {ordering}
{locking}
