-- How far the chain has come, and when it was last verified.
-- Columns: seq, link, sealed_at of the last seal; verified_at, faults of the last verification that the asker may see.
SELECT last.seq, last.link, last.sealed_at, verified.at AS verified_at, verified.faults
FROM (SELECT) AS one
LEFT JOIN LATERAL (SELECT seq, link, sealed_at FROM audit_seal ORDER BY seq DESC LIMIT 1) AS last ON true
LEFT JOIN LATERAL (
    SELECT at, (detail ->> 'findings')::integer AS faults
    FROM audit_entry
    WHERE action = 'audit_verified'
    ORDER BY id DESC
    LIMIT 1
) AS verified ON true
