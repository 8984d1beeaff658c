-- One figure per unit of a level over days, exact in this snapshot, packed for numpy.
-- Filled in by the reader: numerator and denominator (sums of measures). Parameters: first_id, last_id, days, classes
-- Returns: bytea of big-endian records (int4 unit id, int8 numerator, int8 denominator)
SELECT string_agg(int4send(subject_id) || int8send(numerator) || int8send(denominator), ''::bytea)
FROM (
    SELECT subject_id, {numerator}::bigint AS numerator, {denominator}::bigint AS denominator
    FROM rollup
    WHERE class_id = ANY(%(classes)s)
        AND stored_class_id = ANY(%(classes)s::smallint[] || ARRAY[-2, -1]::smallint[])
        AND day = ANY(%(days)s)
        AND subject_id BETWEEN %(first_id)s AND %(last_id)s
    GROUP BY subject_id
) AS sums
