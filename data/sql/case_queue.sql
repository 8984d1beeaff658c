-- A page of a queue: which cases, in which order; all of it can be read from one index, by time, deadline, state or department.
-- Filled in by the reader: condition (over incident) and order. Parameters: limit and those of the condition
-- Columns: id, reported_at, due_at
SELECT id, reported_at, due_at
FROM incident
WHERE {condition}
ORDER BY {order}
LIMIT %(limit)s
