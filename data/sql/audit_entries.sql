-- Entries of the audit log, newest first.
-- Parameters: conditions, each NULL for none; before_id: id that all are below; limit. Columns: those of AuditEntry.
SELECT
    entry.id, entry.at, entry.actor_kind, entry.actor_name, entry.actor_role, entry.via, entry.address, entry.action,
    entry.object_kind, entry.object_id, entry.detail, entry.before, entry.after,
    (SELECT min(seal.seq) FROM audit_seal AS seal WHERE seal.entry_id = entry.id) AS seq
FROM audit_entry AS entry
WHERE (%(id)s::bigint IS NULL OR entry.id = %(id)s)
    AND (%(before_id)s::bigint IS NULL OR entry.id < %(before_id)s)
    AND (%(since)s::timestamptz IS NULL OR entry.at >= %(since)s)
    AND (%(until)s::timestamptz IS NULL OR entry.at < %(until)s)
    AND (%(actor)s::text IS NULL OR entry.actor_name = %(actor)s OR entry.actor_kind = %(actor)s)
    AND (%(action)s::text IS NULL OR entry.action = %(action)s)
    AND (%(kind)s::text IS NULL OR entry.object_kind = %(kind)s)
    AND (%(object_id)s::text IS NULL OR entry.object_id = %(object_id)s)
    AND (%(address)s::text IS NULL OR starts_with(entry.address, %(address)s))
    AND (%(unit_id)s::integer IS NULL OR entry.scope @> ARRAY[%(unit_id)s::integer])
ORDER BY entry.id DESC
LIMIT %(limit)s
