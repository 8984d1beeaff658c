-- Packed figures of a level on the days that are packed, as the reader may see them.
-- Parameters: block, days. Columns: day, subject_ids and the measures, big-endian int4
SELECT day, subject_ids, {measures}
FROM rollup_pack
WHERE block = %(block)s
    AND day = ANY(%(days)s)
    AND plain <> (SELECT scope_sees_sensitive())
