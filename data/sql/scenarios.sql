-- All scenarios with the codes of their classes.
-- Columns: the fields of data.reads.catalog.ScenarioEntry
SELECT
    scenario.key, scenario.position, scenario.kind_key, scenario.kind_zh, scenario.kind_en,
    scenario.name_zh, scenario.name_en, scenario.place_kinds,
    ARRAY(
        SELECT incident_class.code
        FROM scenario_class
        JOIN incident_class ON incident_class.id = scenario_class.class_id
        WHERE scenario_class.scenario_key = scenario.key
        ORDER BY incident_class.id
    ) AS classes
FROM scenario
ORDER BY scenario.position, scenario.key
