"""How is a database emptied of one city, so that another can move in?"""

import psycopg

from data.audit.changes import record_emptied

_LOGS = ("case_event", "risk_verdict", "risk_step")


def empty_city(connection: psycopg.Connection) -> None:
    """Remove units, places, incidents, figures and reports; the catalog stays. In the caller's transaction."""
    record_emptied(connection)
    partitions = connection.execute(
        "SELECT inhrelid::regclass::text FROM pg_inherits WHERE inhparent = 'incident'::regclass"
    )
    for (name,) in partitions.fetchall():
        connection.execute(f"DROP TABLE {name}".encode())
    # Logs are append-only: only here, with the city that they tell of, do they go.
    for name in _LOGS:
        connection.execute(f"ALTER TABLE {name} DISABLE TRIGGER {name}_whole".encode())
    connection.execute(
        """
        TRUNCATE case_event, case_past, case_timer, case_call, case_question, case_standstill, planted_truth,
            import_run, incident_key, incident_chunk, incident_chunk_mark, rollup_day, rollup_delta,
            rollup_pack, rollup_pack_due, released_figure, released_week, released_due,
            place, cell, straddle, intake_answer, scope_reach, unit_tile_piece, unit_tile_gap, zone_plan, zone,
            zone_member, zone_step, zone_comment, zone_team, zone_link, unit, boundary_revision, level, dataset,
            risk_step, risk_alert, risk_verdict, feed_change, feed_entry, figure_day, figure_day_kept,
            attachment, report_code, report_receipt, webhook_change, webhook_delivery, open311_pull,
            wall_group, wall_display
        """
    )
    for name in _LOGS:
        connection.execute(f"ALTER TABLE {name} ENABLE TRIGGER {name}_whole".encode())
    connection.execute("INSERT INTO cell (id, grid_id, unit_ids, subjects) VALUES (0, NULL, '{}', '{0}')")
    connection.execute("UPDATE rollup_state SET version = version + 1, folded_at = now()")
    connection.execute("UPDATE feed_state SET epoch = gen_random_uuid(), tail = head")
