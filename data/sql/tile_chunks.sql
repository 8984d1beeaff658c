-- Packed incidents of the tile-days that carry no mark, joined by tile; and one row of NULLs where any tile-day carries
-- one and is to be counted from the incidents.
-- Parameters: lo, hi (zoom-12 tiles, half-open), first, last (days, both included), by_class (whether class_ids matter).
-- Columns: tile, places, class_ids
SELECT
    chunk.tile,
    string_agg(chunk.places, '') AS places,
    -- Both aggregates see the rows in the same order, so places and classes belong together without one being stated.
    CASE WHEN %(by_class)s THEN string_agg(chunk.class_ids, '') ELSE ''::bytea END AS class_ids
FROM incident_chunk AS chunk
WHERE chunk.tile >= %(lo)s
    AND chunk.tile < %(hi)s
    AND chunk.day BETWEEN %(first)s AND %(last)s
    AND NOT EXISTS (
        SELECT FROM incident_chunk_mark AS mark WHERE mark.tile = chunk.tile AND mark.day = chunk.day
    )
GROUP BY chunk.tile
UNION ALL
SELECT NULL, NULL, NULL
WHERE EXISTS (
    SELECT FROM incident_chunk_mark
    WHERE tile >= %(lo)s
        AND tile < %(hi)s
        AND day BETWEEN %(first)s AND %(last)s
)
