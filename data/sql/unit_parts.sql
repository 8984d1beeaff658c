-- The parts that figures of a unit are broken down into: its children, and straddles into and out of it.
-- Parameters: unit
-- Columns: subject_id, child_id, code, name, name_en, ended, role (own: the child; guest: incidents of another unit's
-- child that lie here; away: incidents of an own child that lie elsewhere)
SELECT id AS subject_id, id AS child_id, code, name, name_en, ended_revision_id IS NOT NULL AS ended, 'own' AS role
FROM unit
WHERE parent_id = %(unit)s
UNION ALL
SELECT
    straddle.id, child.id, child.code, child.name, child.name_en, child.ended_revision_id IS NOT NULL,
    CASE WHEN child.parent_id = %(unit)s THEN 'away' ELSE 'guest' END
FROM straddle
JOIN unit AS child ON child.id = straddle.child_id
WHERE straddle.parent_id = %(unit)s
    OR child.parent_id = %(unit)s
ORDER BY 2, 1
