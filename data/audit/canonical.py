"""Which text of an entry is hashed? One that depends on no setting of a session: numbers, texts, and jsonb's own order.

The expression belongs to the program, not to the database: whoever changes rows there could change a function too.
"""

CANONICAL = """
    jsonb_build_array(
        1, entry.id, (extract(epoch FROM entry.at) * 1000000)::bigint, entry.actor_kind, entry.account_id,
        entry.actor_name, entry.actor_role, entry.via, entry.address, entry.action, entry.object_kind,
        entry.object_id, to_jsonb(entry.scope), entry.detail, entry.before, entry.after
    )::text
"""
"""Over a row of audit_entry called `entry`; all its columns, after the number of this form."""

EPOCH_US = "(extract(epoch FROM {column}) * 1000000)::bigint"
"""A timestamptz as microseconds since 1970 UTC."""
