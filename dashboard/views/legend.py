"""How does the legend on the map look?"""

from collections.abc import Sequence
from typing import Any

from dash import html

from dashboard.i18n.translate import t
from dashboard.views.numbers import write_count
from layers.legend import Legend, LegendEntry

SHAPES = {"hatch": "no-data", "dots": "suppressed", "dot": "dot", "ramp": "", "swatch": ""}


def view_legend(legends: Sequence[Legend], symbols: Sequence[tuple[str, str]], lang: str) -> list[Any]:
    """The legends one below the other, then the signs of places.

    Args:
        symbols: Sign and name of each kind of place that is shown.
    """
    parts: list[Any] = []
    for legend in legends:
        parts += [*([html.Hr()] if parts else []), *_legend(legend)]
    if symbols:
        parts += [
            html.Hr(),
            html.H2(t("map.overlay.places", lang)),
            html.Div([_symbol(*pair) for pair in symbols], className="symbols"),
        ]
    return parts


def _legend(legend: Legend) -> list[Any]:
    notes = " · ".join((legend.unit, *legend.notes))
    return [html.H2(legend.title), html.P(notes, className="quiet"), *(_row(entry) for entry in legend.entries)]


def _row(entry: LegendEntry) -> html.Div:
    swatch = html.Span(className=f"swatch {SHAPES[entry.shape]}".strip(), style=_style(entry))
    count = html.Span("" if entry.count is None else write_count(entry.count), className="count")
    return html.Div([swatch, html.Span(entry.label), count], className=f"legend-row entry-{entry.key}")


def _style(entry: LegendEntry) -> dict[str, str]:
    return {"--c": entry.colour, "--ink-mark": entry.ink or entry.colour}


def _symbol(sign: str, name: str) -> html.Span:
    return html.Span([html.Span(sign, className="glyph"), name], className="symbol")
