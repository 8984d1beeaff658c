-- Every term that a class filter may hold, with the classes that it stands for.
-- Columns: kind (class, group, family, scenario), term, class_ids
SELECT 'class' AS kind, code AS term, ARRAY[id] AS class_ids
FROM incident_class
UNION ALL
SELECT 'group', group_key, array_agg(id ORDER BY id)
FROM incident_class
GROUP BY group_key
UNION ALL
SELECT 'family', family, array_agg(id ORDER BY id)
FROM incident_class
GROUP BY family
UNION ALL
SELECT 'scenario', scenario_key, array_agg(class_id ORDER BY class_id)
FROM scenario_class
GROUP BY scenario_key
