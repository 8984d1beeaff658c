-- The account behind a session key, with what decides whether the session still counts.
-- Parameters: selector
-- Columns: digest, last_seen_at, expires_at; the account as in account_standing
SELECT
    login_session.digest, login_session.last_seen_at, login_session.expires_at,
    standing.id, standing.name, standing.role, standing.unit_id, standing.unit_code, standing.department_id, standing.lang,
    standing.theme, standing.must_change
FROM login_session
JOIN account_standing AS standing ON standing.id = login_session.account_id
WHERE login_session.selector = %(selector)s
    AND standing.disabled_at IS NULL
    AND NOT standing.area_gone
