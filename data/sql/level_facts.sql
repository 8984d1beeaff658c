-- What is needed to relate figures of the units of a level to their size, packed for numpy.
-- Parameters: first_id, last_id, within (unit ids, NULL = all)
-- Returns: bytea of big-endian records (int4 id, int2 current, int2 within, int4 population or -1, float8 area_m2)
SELECT string_agg(
    int4send(id)
    || int2send((ended_revision_id IS NULL)::int::smallint)
    || int2send((%(within)s::int[] IS NULL OR path && %(within)s::int[])::int::smallint)
    || int4send(COALESCE(population, -1))
    || float8send(area_m2),
    ''::bytea
)
FROM unit
WHERE id BETWEEN %(first_id)s AND %(last_id)s
