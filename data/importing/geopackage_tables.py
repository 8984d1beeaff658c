"""Is a layer of a GeoPackage a table with values in it, or a question that is computed without end while it is read?

A GeoPackage is an SQLite database: what looks like a layer may be a view, which costs nothing to store and counts for
ever, or have computed columns of any length.
"""

import sqlite3
from contextlib import closing
from pathlib import Path
from urllib.parse import quote

from data.importing.errors import FileUnreadable

_COMPUTED = (2, 3)
_REMEDY = "Export the layer to a new GeoPackage."


def require_own_tables(path: Path) -> None:
    """Refuse a GeoPackage whose lists of contents are no plain tables.

    Raises:
        FileUnreadable: One is none, or the file is no GeoPackage.
    """
    for name, kind in _objects(path).items():
        if name.startswith("gpkg_") and kind != "table":
            raise FileUnreadable(str(path), f"its {name} is a {kind} and no table.", _REMEDY)


def require_own_table(path: Path, layer: str) -> None:
    """Refuse a layer that is not a table with stored values.

    Raises:
        FileUnreadable: It is a view, a virtual table, or has computed columns.
    """
    kind = _objects(path).get(layer.lower(), "table")
    if kind != "table":
        raise FileUnreadable(str(path), f"layer {layer!r} is a {kind} and no table.", _REMEDY)
    with closing(_connect(path)) as database:
        rows = database.execute("SELECT name, hidden FROM pragma_table_xinfo(?)", (layer,)).fetchall()
    computed = [name for name, hidden in rows if hidden in _COMPUTED]
    if computed:
        raise FileUnreadable(str(path), f"column {computed[0]!r} of layer {layer!r} is computed.", _REMEDY)


def _objects(path: Path) -> dict[str, str]:
    """Kinds (table, view, virtual table) by name in small letters."""
    try:
        with closing(_connect(path)) as database:
            rows = database.execute(
                "SELECT lower(name), CASE WHEN sql LIKE 'CREATE VIRTUAL%' THEN 'virtual table' ELSE type END "
                "FROM sqlite_master WHERE type IN ('table', 'view')"
            ).fetchall()
    except sqlite3.Error as error:
        raise FileUnreadable(str(path), f"it is no file of polygons ({error}).", "Export the file again.") from error
    return {str(name): str(kind) for name, kind in rows}


def _connect(path: Path) -> sqlite3.Connection:
    return sqlite3.connect(f"file:{quote(str(path.absolute()))}?mode=ro&immutable=1", uri=True)
