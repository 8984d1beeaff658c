"""Which incidents, of which unit, does an overlay (heat, hexagons) show?"""

from dataclasses import dataclass, replace

import numpy as np

from data.binned_points import BinnedPoints, read_binned_points
from data.engine import AsyncRows
from data.reads.units import Unit
from data.tiles import unit_total
from geo.box import Box
from layers.errors import ParameterRefused
from layers.legend import Lang
from layers.palette import Theme
from layers.permission import Access
from layers.tile_address import Query
from layers.tile_source import read_asked_unit, read_choice

METRES_PER_DEGREE = 111_320.0


@dataclass(frozen=True, slots=True)
class OverlayData:
    """What an overlay is made of.

    Attributes:
        box: Box of the unit.
        points: Incidents of the unit; or, where a margin was asked for, all in its box and so far around it.
        total: Incidents of the unit.
    """

    unit: Unit
    box: Box
    points: BinnedPoints
    total: int


async def read_overlay(conn: AsyncRows, query: Query, access: Access, *, cell_m: float, margin_m: float) -> OverlayData:
    """The incidents of the unit that the address names, by squares of about `cell_m`.

    Args:
        margin_m: Above 0 for those in the unit's box and so far around it, whatever unit they lie in.

    Raises:
        data.reads.errors.RequestRefused: The unit or a filter cannot be used.
    """
    unit = await read_asked_unit(conn, query)
    choice = await read_choice(conn, query, access, unit)
    box = Box(unit.west, unit.south, unit.east, unit.north)
    middle = np.cos(np.radians((box.south + box.north) / 2))
    area = box.expanded(margin_m / METRES_PER_DEGREE / middle)
    points = await read_binned_points(conn, replace(choice, cells=None) if margin_m else choice, area, cell_m)
    if choice.cells is not None:
        return OverlayData(unit, box, points, await unit_total(conn, choice))
    in_box = box.contains(points.lonlat[:, 0], points.lonlat[:, 1])
    return OverlayData(unit, box, points, int(points.n[in_box].sum()))


def theme_of(query: Query) -> Theme:
    """Theme asked for, dark where nothing is said.

    Raises:
        ParameterRefused: There is no such theme.
    """
    text = query.text("theme") or "dark"
    themes: dict[str, Theme] = {"dark": "dark", "light": "light"}
    if text not in themes:
        raise ParameterRefused("theme", f"There is no theme {text!r}.", "Use dark or light.")
    return themes[text]


def lang_of(query: Query) -> Lang:
    """Language asked for, Chinese where nothing is said.

    Raises:
        ParameterRefused: There is no such language.
    """
    text = query.text("lang") or "zh"
    langs: dict[str, Lang] = {"zh": "zh", "en": "en"}
    if text not in langs:
        raise ParameterRefused("lang", f"There is no language {text!r}.", "Use zh or en.")
    return langs[text]
