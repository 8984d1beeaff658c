"""How do the charts look: incidents by class and by day?"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from dash import dcc, html

from dashboard import ids
from dashboard.i18n.translate import pick, t
from dashboard.theme.tokens import FONT_FAMILY, PALETTES, Palette
from dashboard.views.numbers import write_count
from dashboard.views.timeline import DayCount
from dashboard.views.withheld import explain_withheld
from data.reads.breakdown import Item
from data.reads.question import Question

BARS = 8
MEAN_DAYS = 7
CONFIG: Any = {"displayModeBar": False, "responsive": True, "showTips": False}

Figure = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Look:
    """How charts are drawn for one viewer: rem is the size in pixels of one step of the type scale."""

    theme: str
    lang: str
    rem: float

    @property
    def palette(self) -> Palette:
        """Colours of the theme."""
        return PALETTES[self.theme]


def view_charts(
    classes: Sequence[Item], days: Sequence[DayCount], chosen: str, look: Look, question: Question
) -> list[Any]:
    """Both charts, each under its heading, or a line that says why there is none."""
    withheld = question.is_withheld
    nothing = _nothing(explain_withheld(question, look.lang) if withheld else t("map.chart.empty", look.lang))
    hint = html.Span(t("map.by_class.hint", look.lang), className="quiet")
    by_class = _graph("by_class", draw_classes(classes, chosen, look), len(classes[:BARS]), look) if classes else None
    by_day = (
        _graph("by_day", draw_days(days, look, withheld=withheld), 5, look)
        if any(count.n for count in days) and len(days) > 1
        else None
    )
    return [
        _card(t("map.by_class", look.lang), hint, nothing if by_class is None else by_class),
        _card(t("map.by_day", look.lang), None, nothing if by_day is None else by_day),
    ]


def _card(title: str, hint: Any, body: Any) -> html.Section:
    return html.Section([html.Header([html.H2(title), hint]), body], className="card")


def _nothing(text: str) -> html.Div:
    return html.Div(text, className="chart-empty")


def _graph(name: str, figure: Figure, rows: int, look: Look) -> dcc.Graph:
    height = (rows * 1.5 + 0.5) * look.rem
    return dcc.Graph(
        id=ids.chart(name), figure=figure, config=CONFIG, className="chart", style={"height": f"{height:.0f}px"}
    )


def draw_classes(classes: Sequence[Item], chosen: str, look: Look) -> Figure:
    """Horizontal bars, the largest on top; the chosen class stands out."""
    shown = list(reversed(classes[:BARS]))
    palette = look.palette
    names = [_shorten(pick(look.lang, item.name, item.name_en)) for item in shown]
    trace = {
        "type": "bar",
        "orientation": "h",
        "x": [item.measures.n for item in shown],
        "y": [item.code for item in shown],
        "text": [f"{write_count(item.measures.n)}" for item in shown],
        "textposition": "outside",
        "cliponaxis": False,
        "customdata": [item.code for item in shown],
        "hovertext": [pick(look.lang, item.name, item.name_en) for item in shown],
        "hovertemplate": "%{hovertext}: %{x:,}<extra></extra>",
        "marker": {"color": [palette.approaching if item.code == chosen else palette.accent for item in shown]},
    }
    layout = _layout(look, left=7.5 if look.lang == "zh" else 10, right=3, bottom=0)
    layout["bargap"] = 0.45
    layout["xaxis"] = {"visible": False, "fixedrange": True}
    layout["yaxis"] = {
        "type": "category",
        "tickvals": [item.code for item in shown],
        "ticktext": names,
        "fixedrange": True,
        "automargin": False,
        "ticks": "outside",
        "ticklen": 0.5 * look.rem,
        "tickcolor": "rgba(0,0,0,0)",
    }
    return {"data": [trace], "layout": layout}


def draw_days(days: Sequence[DayCount], look: Look, *, withheld: bool = False) -> Figure:
    """Reported incidents day by day, with the mean of the last seven days where the period is long enough.

    Args:
        withheld: Whether days without a figure may have had some: they get no point, and no line runs through them.
    """
    palette = look.palette
    labels = [count.day.isoformat() for count in days]
    values = [count.n for count in days]
    is_long = len(days) > 2 * MEAN_DAYS and not withheld
    line = {
        "type": "scatter",
        "mode": "markers" if withheld else "lines" if len(days) > 45 else "lines+markers",
        "name": t("map.by_day.reported", look.lang),
        "x": labels,
        "y": [value or None for value in values] if withheld else values,
        "line": {"color": palette.line_strong if is_long else palette.accent, "width": look.rem / 11},
        "marker": {"size": look.rem / 4},
        "hovertemplate": "%{x|%Y-%m-%d}: %{y:,}<extra></extra>",
    }
    traces = [line, _mean(labels, values, look)] if is_long else [line]
    layout = _layout(look, left=2.5, right=0.5, bottom=1.5)
    layout["xaxis"] = {"type": "date", "fixedrange": True, "nticks": 5, "tickformat": "%m-%d", "showgrid": False}
    layout["yaxis"] = {
        "rangemode": "tozero",
        "fixedrange": True,
        "nticks": 4,
        "gridcolor": palette.line,
        "zeroline": False,
    }
    layout["legend"] = {"orientation": "h", "x": 1, "xanchor": "right", "y": 1.2, "bgcolor": "rgba(0,0,0,0)"}
    layout["margin"]["t"] = (1.25 if is_long else 0.5) * look.rem
    layout["showlegend"] = is_long
    return {"data": traces, "layout": layout}


def _mean(labels: list[str], values: list[int], look: Look) -> dict[str, Any]:
    means = [sum(values[at - MEAN_DAYS + 1 : at + 1]) / MEAN_DAYS for at in range(MEAN_DAYS - 1, len(values))]
    return {
        "type": "scatter",
        "mode": "lines",
        "name": t("map.by_day.average", look.lang),
        "x": labels[MEAN_DAYS - 1 :],
        "y": means,
        "line": {"color": look.palette.accent, "width": look.rem / 7, "shape": "spline"},
        "hovertemplate": "%{x|%Y-%m-%d}: %{y:,.1f}<extra></extra>",
    }


def _layout(look: Look, *, left: float, right: float, bottom: float) -> dict[str, Any]:
    palette, rem = look.palette, look.rem
    return {
        "paper_bgcolor": "rgba(0,0,0,0)",
        "plot_bgcolor": "rgba(0,0,0,0)",
        "font": {"family": FONT_FAMILY.replace('"', ""), "size": 0.75 * rem, "color": palette.ink_2},
        "margin": {"l": left * rem, "r": right * rem, "t": 0.25 * rem, "b": bottom * rem},
        "hoverlabel": {
            "font": {"size": 0.8125 * rem, "color": palette.ink},
            "bgcolor": palette.raised,
            "bordercolor": palette.line_strong,
        },
        "showlegend": False,
        "dragmode": False,
        "autosize": True,
        "separators": ".,",
    }


def _shorten(name: str, longest: int = 20) -> str:
    return name if len(name) <= longest else name[: longest - 1] + "…"
