"""How do the units that a search found look?"""

from collections.abc import Mapping, Sequence
from typing import Any

from dash import html

from dashboard.i18n.translate import t
from dashboard.views.patches import patch_button, to_unit
from dashboard.views.tree import unit_name
from data.reads.units import Unit


def view_suggestions(text: str, units: Sequence[Unit], where: Mapping[int, str], lang: str) -> list[Any]:
    """Found units, best first; the first one is what Enter takes.

    Args:
        where: Level and units above, in words, by id of the unit.
    """
    if not units:
        return [html.Div(t("map.search.none", lang, text=text), className="none", role="status")]
    return [_suggestion(unit, where.get(unit.id, ""), lang) for unit in units]


def _suggestion(unit: Unit, where: str, lang: str) -> html.Button:
    parts = [
        html.Span(unit_name(unit, lang)),
        html.Span(unit.code, className="code"),
        html.Span(where, className="where"),
    ]
    return patch_button(parts, to_unit(unit.address, unit.level), className="suggestion")
