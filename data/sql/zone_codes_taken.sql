-- Codes with these beginnings that zones in force on a day or after it have, or units have.
-- Parameters: stems, from
-- Columns: code
SELECT zone.code
FROM zone
JOIN zone_plan AS plan ON plan.id = zone.plan_id
WHERE zone.code ^@ ANY(%(stems)s::text[])
    AND plan.adopted_from IS NOT NULL
    AND (plan.superseded_from IS NULL OR plan.superseded_from > %(from)s)
UNION
SELECT code
FROM unit
WHERE code ^@ ANY(%(stems)s::text[]) AND ended_revision_id IS NULL
