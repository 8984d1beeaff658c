-- Writes a step of a plan and what it makes of the plan.
-- Parameters: plan, version, account, who, kind, units, left, joined, opened, earlier, of_version, detail, key, head,
-- done, undone, figures (null: they stay). Columns: none
WITH step AS (
    INSERT INTO zone_step (
        plan_id, version, account_id, account_name, kind, units, left_no, joined_no, opened, earlier, of_version, detail,
        request_key
    )
    VALUES (
        %(plan)s, %(version)s, %(account)s, %(who)s, %(kind)s, %(units)s::integer[], %(left)s::integer[],
        %(joined)s::integer[], %(opened)s, %(earlier)s, %(of_version)s, %(detail)s, %(key)s
    )
)
UPDATE zone_plan
SET version = %(version)s,
    head = %(head)s,
    done = %(done)s,
    undone = %(undone)s::integer[],
    zones = zones + %(opened)s,
    figures = coalesce(%(figures)s::jsonb, figures),
    changed_at = now()
WHERE id = %(plan)s
