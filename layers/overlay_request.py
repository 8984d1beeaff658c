"""Which incidents, of which unit, does an overlay (heat, hexagons) show, and how wide does it smooth?"""

from dataclasses import dataclass

import numpy as np

from data.binned_points import BinnedPoints, read_binned_points
from data.engine import AsyncRows
from data.reads.units import Unit, read_unit
from geo.box import Box
from layers.errors import ParameterRefused
from layers.legend import Lang
from layers.palette import Theme
from layers.permission import Access
from layers.tile_address import Query
from layers.tile_source import read_choice

METRES_PER_DEGREE = 111_320.0


@dataclass(frozen=True, slots=True)
class OverlayData:
    """What an overlay is made of.

    Attributes:
        box: Box of the unit.
        points: Incidents in the box and as far around it as was asked for.
    """

    unit: Unit
    box: Box
    points: BinnedPoints


async def read_overlay(conn: AsyncRows, query: Query, access: Access, *, cell_m: float, margin_m: float) -> OverlayData:
    """The incidents in and around the unit that the address names, by squares of about `cell_m`.

    Raises:
        data.reads.errors.RequestRefused: The unit or a filter cannot be used.
    """
    unit = await read_unit(conn, query.text("unit"), query.text("level"))
    choice = await read_choice(conn, query, access)
    box = Box(unit.west, unit.south, unit.east, unit.north)
    middle = np.cos(np.radians((box.south + box.north) / 2))
    points = await read_binned_points(conn, choice, box.expanded(margin_m / METRES_PER_DEGREE / middle), cell_m)
    return OverlayData(unit, box, points)


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
