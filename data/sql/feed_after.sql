-- Entries with numbers above %(after)s and up to %(upto)s that the scope of the transaction may read, at most %(most)s.
-- Columns: those of data.feed.entry.Entry; gone: the case has left the department of the scope with it.
SELECT
    id, kind, at, incident_id, seq, act, status, plan_id, detail,
    kind IN ('cases', 'alerts')
        AND NOT (SELECT scope_is_all_departments())
        AND department_id IS DISTINCT FROM (SELECT scope_department())
        AND NOT called @> ARRAY[(SELECT scope_department())::smallint] AS gone
FROM feed_entry
WHERE id > %(after)s AND id <= %(upto)s
ORDER BY id
LIMIT %(most)s
