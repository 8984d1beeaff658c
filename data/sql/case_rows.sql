-- Incidents as their handling needs them, with the limits of the class. Parameters: ids
-- Columns: the fields of data.cases.case_row.CaseRow
SELECT
    incident.id, incident.reported_at, incident.status, incident.breached, incident.severity, incident.grid_id,
    incident.department_id, incident.filed_at, incident.dispatched_at, incident.handled_at, incident.closed_at,
    incident.due_at, incident.close_reason, incident.closing_due_at, incident.marks, class.limits,
    source.key AS source, county.code AS county,
    ARRAY(SELECT unit_id FROM unnest(COALESCE(cell.unit_ids, '{}')) AS unit_id WHERE unit_id > 0) AS units
FROM incident
JOIN incident_class AS class ON class.id = incident.class_id
LEFT JOIN source ON source.id = incident.source_id
LEFT JOIN cell ON cell.id = incident.cell_id
LEFT JOIN unit AS county ON county.id = cell.unit_ids[2]
WHERE incident.id = ANY(%(ids)s)
