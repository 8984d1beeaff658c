"""How is a database emptied of one city, so that another can move in?"""

import psycopg

from data.audit.changes import record_emptied


def empty_city(connection: psycopg.Connection) -> None:
    """Remove units, places, incidents, figures and reports; the catalog stays. In the caller's transaction."""
    record_emptied(connection)
    partitions = connection.execute(
        "SELECT inhrelid::regclass::text FROM pg_inherits WHERE inhparent = 'incident'::regclass"
    )
    for (name,) in partitions.fetchall():
        connection.execute(f"DROP TABLE {name}".encode())
    # The log of cases is append-only: only here, with the city that it tells of, does it go.
    connection.execute("ALTER TABLE case_event DISABLE TRIGGER case_event_whole")
    connection.execute(
        """
        TRUNCATE case_event, case_timer, case_call, planted_truth,
            import_run, incident_key, incident_chunk, incident_chunk_mark, rollup_day, rollup_delta,
            rollup_pack, rollup_pack_due, released_figure, released_week, released_due,
            place, cell, straddle, intake_answer, scope_reach, unit_tile_piece, unit_tile_gap, zone_plan, zone,
            zone_member, zone_step, zone_comment, zone_team, zone_link, unit, boundary_revision, level, dataset
        """
    )
    connection.execute("ALTER TABLE case_event ENABLE TRIGGER case_event_whole")
    connection.execute("INSERT INTO cell (id, grid_id, unit_ids, subjects) VALUES (0, NULL, '{}', '{0}')")
    connection.execute("UPDATE rollup_state SET version = version + 1, folded_at = now()")
