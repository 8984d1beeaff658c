-- Reports near a place and a moment of classes that may tell of the same matter. Where a sensitive class has part in it the
-- place counts by small grid, as it is shown; else by the point. What was void or rejected is left out.
-- Parameters: los, his (ranges of codes around the point, empty without one), grid, class, id (-1 before there is one), from, until
-- Columns: the fields of data.duplicates.candidates.Near
WITH asked AS (
    SELECT id, group_key, sensitive FROM incident_class WHERE id = %(class)s
),
kin AS (
    SELECT other.id, other.sensitive OR asked.sensitive AS by_grid
    FROM incident_class AS other
    JOIN asked USING (group_key)
),
found AS (
    SELECT incident.*, false AS by_grid
    FROM unnest(%(los)s::bigint[], %(his)s::bigint[]) AS tile (lo, hi)
    JOIN incident ON incident.morton >= tile.lo AND incident.morton < tile.hi
    WHERE incident.reported_at BETWEEN %(from)s AND %(until)s
        AND incident.class_id = ANY (ARRAY(SELECT id FROM kin WHERE NOT by_grid))
    UNION ALL
    SELECT incident.*, true AS by_grid
    FROM incident
    WHERE incident.cell_id = ANY (ARRAY(SELECT cells_of_unit(%(grid)s::integer)))
        AND incident.grid_id = %(grid)s::integer
        AND incident.reported_at BETWEEN %(from)s AND %(until)s
        AND incident.class_id = ANY (ARRAY(SELECT id FROM kin WHERE by_grid))
)
SELECT
    found.id, found.reported_at, found.class_id = %(class)s AS same_class, found.by_grid,
    ST_X(found.geom) AS lon, ST_Y(found.geom) AS lat, found.text
FROM found
WHERE found.id <> %(id)s
    AND found.status NOT IN (7, 8)
ORDER BY found.id
LIMIT 500
