-- A page of incidents, newest first. A sensitive one is shown at its small grid's label point and without its address.
-- Filled in by the reader: condition (over incident). Parameters: limit and those of the condition
-- Columns: the fields of data.reads.incidents.Incident
WITH page AS (
    SELECT *
    FROM incident
    WHERE {condition}
    ORDER BY reported_at DESC, id DESC
    LIMIT %(limit)s
)
SELECT
    page.id, page.reported_at, page.status, page.severity,
    (is_open(page.status) AND page.breached AND page.handled_at IS NULL) AS overdue,
    class.code AS class_code, class.name_zh AS class_zh, class.name_en AS class_en, class.sensitive,
    source.key AS source, department.key AS department,
    page.filed_at, page.dispatched_at, page.handled_at, page.closed_at, page.due_at, page.close_reason,
    page.external_id, page.text,
    CASE WHEN NOT class.sensitive THEN page.address END AS address,
    CASE WHEN class.sensitive THEN ST_X(grid.label_point) ELSE ST_X(page.geom) END AS lon,
    CASE WHEN class.sensitive THEN ST_Y(grid.label_point) ELSE ST_Y(page.geom) END AS lat,
    page.cell_id, unit.code AS unit_code, unit.name AS unit_name, unit.level_key AS unit_level,
    page.stated_unit_id
FROM page
JOIN incident_class AS class ON class.id = page.class_id
LEFT JOIN source ON source.id = page.source_id
LEFT JOIN department ON department.id = page.department_id
LEFT JOIN unit AS grid ON grid.id = page.grid_id
LEFT JOIN cell ON cell.id = page.cell_id
LEFT JOIN unit ON unit.id = (SELECT max(lies_in) FROM unnest(cell.unit_ids) AS lies_in WHERE lies_in > 0)
ORDER BY page.reported_at DESC, page.id DESC
