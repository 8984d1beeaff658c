-- Incidents of marked tile-days, counted by bin.
-- Parameters: tile_lo, tile_hi (zoom-12 tiles), lo, hi (codes), first, last (days), shift (bits of a code below a bin),
-- class_ids (NULL all), hidden (class ids never shown). Columns: bin, n
SELECT (incident.morton - %(lo)s) >> %(shift)s AS bin, count(*) AS n
FROM (
    -- The bounds are columns here: beside a policy only plain comparisons may use the index of the incidents.
    SELECT DISTINCT
        GREATEST(%(lo)s::bigint, tile::bigint << 24) AS lo,
        LEAST(%(hi)s::bigint, (tile + 1)::bigint << 24) AS hi,
        day::timestamp AT TIME ZONE (SELECT city_time_zone()) AS start,
        (day + 1)::timestamp AT TIME ZONE (SELECT city_time_zone()) AS finish
    FROM incident_chunk_mark
    WHERE tile >= %(tile_lo)s
        AND tile < %(tile_hi)s
        AND day BETWEEN %(first)s AND %(last)s
) AS stale
JOIN incident
    ON incident.morton >= stale.lo
    AND incident.morton < stale.hi
    AND incident.reported_at >= stale.start
    AND incident.reported_at < stale.finish
WHERE (%(class_ids)s::smallint[] IS NULL OR incident.class_id = ANY(%(class_ids)s::smallint[]))
    AND incident.class_id <> ALL(%(hidden)s::smallint[])
GROUP BY 1
ORDER BY 1
