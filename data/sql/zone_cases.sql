-- Incidents of a period in units of a level, packed for numpy; of a sensitive class with the position of its small grid.
-- Parameters: units, place (of their level in cell.unit_ids, from 1), start, end (moments, half-open), zone,
-- midnight (local time that minutes are counted from)
-- Returns: bytea of big-endian records (int4 unit id, int4 minute, int2 class id, int2 flags: 1 open, 2 overdue,
-- float4 hours from dispatch, else report, to handling, NaN for none, int8 position code, -1 for none)
WITH zone_cell AS MATERIALIZED (
    SELECT id, unit_ids[%(place)s] AS unit_id
    FROM cell
    WHERE unit_ids[%(place)s] = ANY(%(units)s::integer[])
)
SELECT string_agg(
    int4send(zone_cell.unit_id)
    || int4send(floor(EXTRACT(EPOCH FROM (reported_at AT TIME ZONE %(zone)s) - %(midnight)s::timestamp) / 60)::integer)
    || int2send(class_id)
    || int2send((is_open(status)::integer + 2 * (is_open(status) AND breached AND handled_at IS NULL)::integer)::smallint)
    || float4send(COALESCE(
        EXTRACT(EPOCH FROM handled_at - COALESCE(dispatched_at, reported_at)) / 3600, 'NaN'::numeric
    )::real)
    || int8send(COALESCE(morton, -1)),
    ''::bytea
)
FROM incident
JOIN zone_cell ON zone_cell.id = incident.cell_id
WHERE reported_at >= %(start)s
    AND reported_at < %(end)s
