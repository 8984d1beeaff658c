-- Packs the oldest marked tile-days anew and removes the marks that this snapshot sees.
-- Incidents of sensitive classes have a pack of their own, which not every reader sees.
-- Needs REPEATABLE READ: a mark that is committed later has to survive, as its incident is not in this pack.
-- Parameters: limit (marks). Columns: taken (marks removed), packed (tile-days packed)
WITH taken AS (
    DELETE FROM incident_chunk_mark
    WHERE id IN (SELECT id FROM incident_chunk_mark ORDER BY tile, day LIMIT %(limit)s)
    RETURNING tile, day
),
stale AS (
    SELECT DISTINCT tile, day FROM taken
),
-- One scan per tile and month: the index leads by position, so a scan per day would pass over the month again and again.
span AS (
    SELECT
        tile,
        tile::bigint << 24 AS lo,
        (tile + 1)::bigint << 24 AS hi,
        min(day)::timestamp AT TIME ZONE (SELECT city_time_zone()) AS start,
        (max(day) + 1)::timestamp AT TIME ZONE (SELECT city_time_zone()) AS finish
    FROM stale
    GROUP BY tile, date_trunc('month', day)
),
fact AS (
    SELECT
        span.tile,
        (incident.reported_at AT TIME ZONE (SELECT city_time_zone()))::date AS day,
        incident.morton,
        incident.class_id,
        incident.class_id = ANY(ARRAY(SELECT id FROM incident_class WHERE sensitive)) AS sensitive
    FROM span
    JOIN incident
        ON incident.morton >= span.lo
        AND incident.morton < span.hi
        AND incident.reported_at >= span.start
        AND incident.reported_at < span.finish
),
packed AS (
    SELECT
        stale.tile,
        stale.day,
        kind.sensitive,
        count(fact.morton)::int AS n,
        COALESCE(string_agg(int2send((((fact.morton >> 8) & 65535) - 32768)::int2), ''), '') AS places,
        COALESCE(string_agg(int2send(fact.class_id), ''), '') AS class_ids
    FROM stale
    CROSS JOIN (VALUES (false), (true)) AS kind (sensitive)
    LEFT JOIN fact ON fact.tile = stale.tile AND fact.day = stale.day AND fact.sensitive = kind.sensitive
    GROUP BY stale.tile, stale.day, kind.sensitive
    HAVING count(fact.morton) > 0 OR NOT kind.sensitive OR EXISTS (
        SELECT FROM incident_chunk AS held WHERE held.tile = stale.tile AND held.day = stale.day AND held.sensitive
    )
),
written AS (
    INSERT INTO incident_chunk (tile, day, sensitive, n, places, class_ids)
    SELECT tile, day, sensitive, n, places, class_ids
    FROM packed
    ON CONFLICT (tile, day, sensitive) DO UPDATE SET n = EXCLUDED.n, places = EXCLUDED.places, class_ids = EXCLUDED.class_ids
    RETURNING sensitive
)
SELECT (SELECT count(*) FROM taken) AS taken, (SELECT count(*) FROM written WHERE NOT sensitive) AS packed
