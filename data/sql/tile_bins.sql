-- Incidents in one range of codes, counted by bin through the covering index.
-- Parameters: lo, hi (codes, half-open), start, end (moments, half-open), shift (bits of a code below a bin),
-- class_ids (NULL all), hidden (class ids never shown), cells (NULL all). Columns: bin, n
SELECT (morton - %(lo)s) >> %(shift)s AS bin, count(*) AS n
FROM incident
WHERE morton >= %(lo)s
    AND morton < %(hi)s
    AND reported_at >= %(start)s
    AND reported_at < %(end)s
    AND (%(class_ids)s::smallint[] IS NULL OR class_id = ANY(%(class_ids)s::smallint[]))
    AND class_id <> ALL(%(hidden)s::smallint[])
    AND (%(cells)s::int[] IS NULL OR cell_id = ANY(%(cells)s::int[]))
GROUP BY 1
ORDER BY 1
