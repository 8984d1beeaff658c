"""What is the whole city where no file draws it?"""

from collections.abc import Sequence
from datetime import date

import numpy as np
import psycopg
import shapely
from shapely.geometry.base import BaseGeometry

from data.importing.unit_candidates import Candidates, UnitCandidate
from data.importing.unit_levels import LevelRow, read_settings, write_settings
from data.importing.unit_report import UnitRow
from data.importing.unit_shapes import same_border
from data.importing.unit_store import (
    Revision,
    StoredUnit,
    UnitChanges,
    apply_changes,
    new_revision,
    read_units,
    redraw_in_place,
)

_ROOT_SETTING = "root_made_from"


def _city(connection: psycopg.Connection) -> dict[str, object]:
    city = read_settings(connection).get("city")
    return dict(city) if isinstance(city, dict) else {}


def city_code(connection: psycopg.Connection) -> str:
    """Code of the city as its settings say."""
    return str(_city(connection).get("code") or "city")


def follow_root(connection: psycopg.Connection, root: LevelRow, parts: LevelRow, candidates: Candidates) -> bool:
    """Make the root from the units below it, or redraw it after them; True where something was written.

    A root that was imported from a file of its own is left alone.
    """
    stored = read_units(connection, root.key)
    settings = read_settings(connection)
    if not candidates.units or (stored and settings.get(_ROOT_SETTING) != parts.key):
        return False
    codes = {unit.code for unit in candidates.units}
    kept = [unit.geometry for unit in read_units(connection, parts.key) if unit.code not in codes]
    shape = _whole([unit.geometry for unit in candidates.units] + kept)
    if stored:
        return _redraw_root(connection, stored[0], shape, root)
    city = _city(connection)
    code = city_code(connection)
    name, name_en = str(city.get("name") or code), str(city.get("name_en") or "")
    row = UnitRow("", 0, None, code)
    unit = UnitCandidate(row, code, name, name_en, None, None, None, shape)
    revision = Revision(new_revision(connection, f"{root.key} from {parts.key}", None), None, date.min)
    apply_changes(connection, root, UnitChanges(((unit, None),), (), (), 0, 0), revision)
    write_settings(connection, {_ROOT_SETTING: parts.key})
    return True


def _whole(shapes: Sequence[BaseGeometry]) -> BaseGeometry:
    return shapely.union_all(np.array(shapes, dtype=object))


def _redraw_root(connection: psycopg.Connection, stored: StoredUnit, shape: BaseGeometry, root: LevelRow) -> bool:
    if same_border(stored.geometry, shape):
        return False
    redraw_in_place(connection, stored.id, shape, new_revision(connection, f"{root.key} redrawn", None))
    return True
