-- All accounts with their area, department, open sessions and tokens.
-- Parameters: now
-- Columns: id, name, role, level_key, unit_code, area_gone, department (key), demo, created_at, disabled_at, locked_until,
-- must_change, last_seen_at, sessions, tokens
SELECT
    standing.id, standing.name, standing.role, standing.level_key, standing.unit_code, standing.area_gone,
    department.key AS department, standing.demo, standing.created_at, standing.disabled_at, standing.locked_until,
    standing.must_change, session.last_seen_at, session.n AS sessions, token.n AS tokens
FROM account_standing AS standing
LEFT JOIN department ON department.id = standing.department_id
CROSS JOIN LATERAL (
    SELECT max(last_seen_at) AS last_seen_at, count(*) FILTER (WHERE expires_at > %(now)s) AS n
    FROM login_session
    WHERE account_id = standing.id
) AS session
CROSS JOIN LATERAL (
    SELECT
        (
            SELECT count(*) FROM api_token
            WHERE account_id = standing.id AND revoked_at IS NULL AND expires_at > %(now)s
        ) + (
            SELECT count(*) FROM wall_token
            WHERE account_id = standing.id AND revoked_at IS NULL AND expires_at > %(now)s
        ) AS n
) AS token
ORDER BY standing.name
