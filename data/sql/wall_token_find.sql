-- The wall account behind the key of a display, locked against a revocation at the same time.
-- Parameters: selector
-- Columns: id, digest, expires_at, account_id, name
SELECT wall_token.id, wall_token.digest, wall_token.expires_at, standing.id AS account_id, standing.name
FROM wall_token
JOIN account_standing AS standing ON standing.id = wall_token.account_id
WHERE wall_token.selector = %(selector)s
    AND wall_token.revoked_at IS NULL
    AND standing.role = 'wall'
    AND standing.disabled_at IS NULL
    AND NOT standing.area_gone
FOR UPDATE OF wall_token
