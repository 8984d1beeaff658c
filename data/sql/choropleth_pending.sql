-- Changes that wait to be folded into the figures of a level on packed days.
-- Parameters: first_id, last_id, days. Columns: subject_id and the measures
SELECT subject_id, {measures}
FROM rollup_pending
WHERE class_id = 0
    AND day = ANY(%(days)s)
    AND subject_id BETWEEN %(first_id)s AND %(last_id)s
