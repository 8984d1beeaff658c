-- The account behind a token, with what decides whether the token still counts.
-- Parameters: selector
-- Columns: digest, last_used_at, expires_at, scopes; the account as in account_standing
SELECT
    api_token.digest, api_token.last_used_at, api_token.expires_at, api_token.scopes,
    standing.id, standing.name, standing.role, standing.unit_id, standing.unit_code, standing.department_id, standing.lang,
    standing.theme, false AS must_change
FROM api_token
JOIN account_standing AS standing ON standing.id = api_token.account_id
WHERE api_token.selector = %(selector)s
    AND api_token.revoked_at IS NULL
    AND standing.disabled_at IS NULL
    AND NOT standing.area_gone
