-- Incidents of a unit and period as a table that the import reads back (preset `plain`). Those of sensitive classes leave
-- at their small grid's label point and without their address, whoever asks.
-- Parameters: unit_id (NULL for all, incidents in no unit included), first_moment (inclusive), end_moment (exclusive);
--   NULL leaves a side open.
-- Columns: dataset, external_id, the six times (UTC), class, class_name, status, severity, source, department,
--   close_reason, text, address, lon, lat, unit_code (the smallest unit that the point lies in), stated_unit_code.
SELECT
    dataset.key AS dataset,
    incident.external_id,
    incident.reported_at,
    incident.filed_at,
    incident.dispatched_at,
    incident.handled_at,
    incident.closed_at,
    incident.due_at,
    class.code AS class,
    class.name_zh AS class_name,
    incident.status,
    incident.severity,
    source.key AS source,
    department.key AS department,
    incident.close_reason,
    incident.text,
    CASE WHEN NOT class.sensitive THEN incident.address END AS address,
    ST_X(CASE WHEN class.sensitive THEN grid.label_point ELSE incident.geom END) AS lon,
    ST_Y(CASE WHEN class.sensitive THEN grid.label_point ELSE incident.geom END) AS lat,
    grid.code AS unit_code,
    stated.code AS stated_unit_code
FROM incident
JOIN dataset ON dataset.id = incident.dataset_id
JOIN incident_class AS class ON class.id = incident.class_id
JOIN source ON source.id = incident.source_id
LEFT JOIN department ON department.id = incident.department_id
LEFT JOIN unit AS grid ON grid.id = incident.grid_id
LEFT JOIN unit AS stated ON stated.id = incident.stated_unit_id
WHERE (%(first_moment)s::timestamptz IS NULL OR incident.reported_at >= %(first_moment)s)
    AND (%(end_moment)s::timestamptz IS NULL OR incident.reported_at < %(end_moment)s)
    AND (
        %(unit_id)s::integer IS NULL
        OR incident.cell_id IN (SELECT id FROM cell WHERE subjects @> ARRAY[%(unit_id)s::integer])
    )
ORDER BY incident.reported_at, incident.id
