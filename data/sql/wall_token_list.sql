-- Tokens of wall displays with their account and area, newest first.
-- Parameters: now
-- Columns: id, account_id, name, level_key, unit_code, area_gone, prefix, created_at, expires_at, revoked_at, last_seen_at,
-- address, sessions
SELECT
    wall_token.id, wall_token.account_id, standing.name, standing.level_key, standing.unit_code, standing.area_gone,
    'mqw_' || wall_token.selector AS prefix, wall_token.created_at, wall_token.expires_at,
    COALESCE(wall_token.revoked_at, standing.disabled_at) AS revoked_at,
    GREATEST(wall_token.last_seen_at, session.last_seen_at) AS last_seen_at, wall_token.address,
    session.n AS sessions
FROM wall_token
JOIN account_standing AS standing ON standing.id = wall_token.account_id
CROSS JOIN LATERAL (
    SELECT max(last_seen_at) AS last_seen_at, count(*) FILTER (WHERE expires_at > %(now)s) AS n
    FROM login_session
    WHERE wall_token_id = wall_token.id
) AS session
ORDER BY wall_token.created_at DESC, wall_token.id DESC
