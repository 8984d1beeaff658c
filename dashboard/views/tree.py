"""How does the tree of units look?"""

from collections.abc import Mapping, Sequence
from typing import Any

from dash import html

from dashboard.i18n.translate import pick, t
from dashboard.views.numbers import write_count
from dashboard.views.patches import action_button, attributes, patch_button, to_unit
from data.reads.units import Unit


def unit_name(unit: Unit, lang: str) -> str:
    """Name of a unit in the reader's language."""
    return pick(lang, unit.name, unit.name_en)


def view_breadcrumb(path: Sequence[Unit], level_name: str, lang: str) -> Any:
    """The way from the city to the selected unit; every step but the last is a button."""
    if not path:
        return []
    steps = [html.Li(patch_button(unit_name(unit, lang), to_unit(unit.address, unit.level))) for unit in path[:-1]]
    last = html.Li(
        [unit_name(path[-1], lang), html.Span(level_name, className="level-tag")],
        **attributes({"aria-current": "page"}),
    )
    return html.Ol([*steps, last], **attributes(_above(path)))


def _above(path: Sequence[Unit]) -> dict[str, str]:
    if len(path) < 2:
        return {}
    code = path[-2].address
    return {"data-parent": code, "data-parent-at": path[-2].level if code else ""}


def view_tree(root: Unit, children: Mapping[int, Sequence[Unit]], path: Sequence[int], lang: str) -> Any:
    """The tree, opened where `children` holds the units below.

    Args:
        children: Units right below, by id of the unit above; a unit that is missing is closed.
        path: Ids from the city down to the selected unit.
    """
    return html.Ul(_node(root, children, path, lang), className="", role="tree")


def _node(unit: Unit, children: Mapping[int, Sequence[Unit]], path: Sequence[int], lang: str) -> html.Li:
    below = children.get(unit.id)
    parts: list[Any] = [_row(unit, below is not None, path, lang)]
    if below:
        parts.append(html.Ul([_node(child, children, path, lang) for child in below], role="group"))
    return html.Li(
        parts, role="treeitem", **attributes({"aria-selected": str(bool(path) and path[-1] == unit.id).lower()})
    )


def _row(unit: Unit, is_open: bool, path: Sequence[int], lang: str) -> html.Div:
    name = unit_name(unit, lang)
    count = html.Span(write_count(unit.children), className="quiet") if unit.children else None
    pick_it = patch_button(
        [html.Span(name), count], to_unit(unit.address, unit.level), className="pick", title=unit.code
    )
    role = "selected" if path and path[-1] == unit.id else "on-path" if unit.id in path else ""
    return html.Div([_twig(unit, name, is_open, lang), pick_it], className=f"node {role}".strip())


def _twig(unit: Unit, name: str, is_open: bool, lang: str) -> Any:
    if not unit.children:
        return html.Span(className="twig leaf", **attributes({"aria-hidden": "true"}))
    marks = {
        "data-code": str(unit.id),
        "aria-expanded": str(is_open).lower(),
        "aria-label": t("map.tree.expand", lang, name=name),
    }
    return action_button(None, "tree-toggle", className="twig", **attributes(marks))
