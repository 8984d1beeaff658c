-- All classes of incidents.
-- Columns: the fields of data.reads.catalog.ClassEntry
SELECT id, code, family, kind, group_key, group_zh, group_en, name_zh, name_en, severity, sensitive
FROM incident_class
ORDER BY id
