"""Incidents at given places, days and classes, written straight into the table, triggers included."""

from collections.abc import Sequence

import numpy as np
import psycopg

from data.cells import write_grid_cells
from geo.morton import morton_of


def store_classes(connection: psycopg.Connection, codes: Sequence[str]) -> dict[str, int]:
    """Classes by code → id."""
    ids = {}
    for code in codes:
        row = connection.execute(
            """
            INSERT INTO incident_class (code, family, kind, group_key, group_zh, group_en, name_zh, name_en)
            VALUES (%(code)s, 'urban', 'event', %(group)s, 'g', 'g', %(code)s, %(code)s) RETURNING id
            """,
            {"code": code, "group": f"group-{code}"},
        ).fetchone()
        ids[code] = row[0]
    return ids


def store_incidents(
    connection: psycopg.Connection, lonlat: np.ndarray, reported_at: Sequence[str], class_id: Sequence[int]
) -> list[int]:
    """Ids of the stored incidents, in the order given."""
    for moment in sorted(set(reported_at)):
        connection.execute("SELECT ensure_incident_partition(%s::timestamptz)", [moment])
    rows = connection.execute(
        """
        INSERT INTO incident (reported_at, class_id, source_id, dataset_id, morton, geom, status)
        SELECT moment, class_id, 1, 1, morton, ST_SetSRID(ST_Point(lon, lat), 4326), 1
        FROM unnest(%s::timestamptz[], %s::smallint[], %s::bigint[], %s::float8[], %s::float8[])
            AS row (moment, class_id, morton, lon, lat)
        RETURNING id
        """,
        [
            list(reported_at),
            [int(c) for c in class_id],
            morton_of(lonlat).tolist(),
            lonlat[:, 0].tolist(),
            lonlat[:, 1].tolist(),
        ],
    ).fetchall()
    return [row[0] for row in rows]


def place_in_cells(connection: psycopg.Connection) -> None:
    """Give every incident the cell of the small grid that it lies in, as an import does."""
    write_grid_cells(connection)
    connection.execute(
        """
        UPDATE incident SET cell_id = unit.id, grid_id = unit.id
        FROM unit
        WHERE unit.level_key = 'small' AND ST_Covers(unit.geom, incident.geom)
        """
    )
