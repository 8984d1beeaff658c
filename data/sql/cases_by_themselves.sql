-- Cases to which something happens by itself by now: a suspension ends, or a limit that has passed reaches the next step of the
-- escalation ladder. Cases without a log are handled elsewhere. Parameters: now; after (intervals, rising); most
-- Columns: id
SELECT incident_id AS id
FROM case_standstill
WHERE until <= %(now)s
UNION
SELECT timer.incident_id
FROM unnest(%(after)s::interval[]) WITH ORDINALITY AS step (after, no)
JOIN case_timer AS timer ON timer.told = step.no - 1 AND timer.due_at <= %(now)s - step.after
JOIN incident ON incident.id = timer.incident_id AND incident.reported_at = timer.reported_at
WHERE timer.stage = 'handling'
    AND timer.done_at IS NULL
    AND timer.due_at IS NOT NULL
    AND incident.status IN (1, 2, 3, 4, 10, 11)
ORDER BY id
LIMIT %(most)s
