"""How does the left rail look: tree, scenarios and layers, each in a fold?"""

from typing import Any

import dash_mantine_components as dmc
from dash import html

from dashboard import ids
from dashboard.i18n.translate import t
from dashboard.views.patches import attributes

DENSITIES = ("auto", "points", "kde", "hex", "off")
SCHEMES = ("quantile", "natural", "fixed")


def view_rail(lang: str) -> html.Nav:
    """The rail; tree and scenarios are filled in by callbacks."""
    tree = html.Div(id=ids.TREE, className="tree", **attributes({"data-list": "tree"}))
    folds = [
        _fold("tree", tree, lang, flush=True, is_open=True),
        _fold("layers", _layers(lang), lang, is_open=True),
        _fold("scenarios", html.Div(id=ids.SCENARIOS), lang, flush=True, is_open=True),
    ]
    return html.Nav(folds, className="rail", **attributes({"aria-label": t("map.region.rail", lang)}))


def _fold(name: str, body: Any, lang: str, *, is_open: bool, flush: bool = False) -> html.Details:
    inner = html.Div(body, className="fold-body flush" if flush else "fold-body")
    return html.Details([html.Summary(t(f"map.{name}", lang)), inner], className=f"fold fold-{name}", open=is_open)


def _layers(lang: str) -> list[Any]:
    level = dmc.Select(id=ids.LEVEL, data=[], value="", size="xs", allowDeselect=False, **_label("level", lang))
    scheme = dmc.SegmentedControl(
        id=ids.SCHEME, data=_data("scheme", SCHEMES, lang), value="quantile", size="xs", fullWidth=True
    )
    density = dmc.SegmentedControl(
        id=ids.DENSITY, data=_data("density", DENSITIES, lang), value="auto", size="xs", fullWidth=True
    )
    boxes = [dmc.Checkbox(label=t(f"map.overlay.{name}", lang), value=name, size="xs") for name in ("places", "zones")]
    overlays = dmc.CheckboxGroup(html.Div(boxes, className="boxes"), id=ids.OVERLAYS, value=[])
    return [
        _field("level", level, lang),
        _field("scheme", scheme, lang),
        _field("density", density, lang),
        _field("overlays", overlays, lang),
    ]


def _label(name: str, lang: str) -> dict[str, str]:
    return {"aria-label": t(f"map.{name}", lang)}


def _data(name: str, keys: tuple[str, ...], lang: str) -> list[dict[str, str]]:
    return [{"value": key, "label": t(f"map.{name}.{key}", lang)} for key in keys]


def _field(name: str, control: Any, lang: str) -> html.Div:
    return html.Div([html.Span(t(f"map.{name}", lang), className="name"), control], className="field")
