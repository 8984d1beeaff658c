-- The parts that figures of a zone are broken down into: the units that it is made of.
-- Parameters: members. Columns: those of unit_parts.sql
SELECT id AS subject_id, id AS child_id, code, name, name_en, ended_revision_id IS NOT NULL AS ended, 'own' AS role
FROM unit
WHERE id = ANY(%(members)s::int[])
ORDER BY id
