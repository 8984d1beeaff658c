-- Writes one entry of the audit log through the only door that it has.
-- Parameters: those of the function audit_record. Columns: id.
SELECT audit_record(
    %(actor_kind)s, %(account_id)s::integer, %(via)s, %(address)s, %(action)s, %(object_kind)s, %(object_id)s,
    %(units)s::integer[], %(detail)s::jsonb, %(before)s::jsonb, %(after)s::jsonb
) AS id
