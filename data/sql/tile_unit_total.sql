-- How many of the chosen incidents lie in some cells. Only what has a position lies in any but cell 0.
-- Parameters: start, end (moments, half-open), class_ids (NULL all), hidden (class ids never shown), cells. Columns: n
SELECT count(*) AS n
FROM incident
WHERE cell_id = ANY(%(cells)s::int[])
    AND reported_at >= %(start)s
    AND reported_at < %(end)s
    AND (%(class_ids)s::smallint[] IS NULL OR class_id = ANY(%(class_ids)s::smallint[]))
    AND class_id <> ALL(%(hidden)s::smallint[])
