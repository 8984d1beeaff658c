-- What rules of risk ask about cases, apart from their surroundings. Parameters: ids, now
-- Columns: the fields of data.risk.gather.CaseFacts
WITH done AS (
    SELECT
        incident_id,
        count(*) FILTER (WHERE act = 'reopen') AS reopened,
        count(*) FILTER (WHERE act = 'rework') AS reworked,
        count(*) FILTER (WHERE act = 'return') AS returned,
        count(*) FILTER (WHERE act = 'supervise') AS supervised,
        count(*) FILTER (WHERE act = 'escalate') AS escalated,
        count(*) FILTER (WHERE act = 'grant_extension') AS extended,
        count(*) FILTER (WHERE act = 'raise_level') AS raised,
        (array_agg(facts ->> 'outcome' ORDER BY seq DESC) FILTER (WHERE act = 'mediate'))[1] AS mediation,
        (array_agg(facts ->> 'grade' ORDER BY seq DESC) FILTER (WHERE act = 'grade'))[1] AS grade
    FROM case_event
    WHERE incident_id = ANY(%(ids)s)
    GROUP BY incident_id
),
timed AS (
    SELECT incident_id, count(*) FILTER (WHERE due_at < COALESCE(done_at, %(now)s)) AS missed
    FROM case_timer
    WHERE incident_id = ANY(%(ids)s)
    GROUP BY incident_id
),
merged AS (
    SELECT (facts ->> 'into')::bigint AS incident_id, count(DISTINCT event.incident_id) AS n
    FROM case_event AS event
    WHERE act = 'merge' AND (facts ->> 'into')::bigint = ANY(%(ids)s)
    GROUP BY 1
)
SELECT
    incident.id, incident.reported_at, incident.class_id, class.code AS class_code, class.group_key, class.family, class.kind,
    class.sensitive, incident.severity, incident.status, source.key AS source, department.key AS department,
    incident.morton, ST_X(incident.geom) AS lon, ST_Y(incident.geom) AS lat, incident.text,
    COALESCE(timed.missed, incident.breached::int) AS missed_limits,
    COALESCE(done.reopened, 0) AS reopened, COALESCE(done.reworked, 0) AS reworked,
    COALESCE(done.returned, 0) AS returned, COALESCE(done.supervised, 0) AS supervised,
    COALESCE(done.escalated, 0) AS escalated, COALESCE(done.extended, 0) AS extended,
    1 + COALESCE(done.raised, 0) AS dispute_level, done.mediation, COALESCE(done.grade, 'general') AS grade,
    COALESCE(merged.n, 0) AS merged
FROM incident
JOIN incident_class AS class ON class.id = incident.class_id
LEFT JOIN source ON source.id = incident.source_id
LEFT JOIN department ON department.id = incident.department_id
LEFT JOIN done ON done.incident_id = incident.id
LEFT JOIN timed ON timed.incident_id = incident.id
LEFT JOIN merged ON merged.incident_id = incident.id
WHERE incident.id = ANY(%(ids)s)
ORDER BY incident.id
