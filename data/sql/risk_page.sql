-- A page of the risk list, the newest first, with the verdict that holds now.
-- Filled in by the reader: condition (over alert, incident, verdict, class). Parameters: limit and those of the condition
-- Columns: the fields of data.risk.alerts.Alert
SELECT
    alert.incident_id AS id, alert.raised_at, alert.state, alert.seq, alert.acknowledged_at,
    owner.key AS owner_department, alert.owner_role, alert.review_on, alert.closed_at, alert.close_reason,
    alert.reported_at, verdict.no AS verdict_no, verdict.level, verdict.fired, verdict.judged_at, rules.version AS rules_version
FROM risk_alert AS alert
JOIN incident ON incident.id = alert.incident_id AND incident.reported_at = alert.reported_at
JOIN LATERAL (
    SELECT * FROM risk_verdict WHERE risk_verdict.incident_id = alert.incident_id ORDER BY no DESC LIMIT 1
) AS verdict ON true
JOIN risk_rule_set AS rules ON rules.id = verdict.rule_set_id
LEFT JOIN department AS owner ON owner.id = alert.owner_department_id
WHERE {condition}
ORDER BY alert.raised_at DESC, alert.incident_id DESC
LIMIT %(limit)s
