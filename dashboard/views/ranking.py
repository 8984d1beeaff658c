"""How do the parts of the selected unit compare, and how do they add up to its total?"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from dash import html

from dashboard.i18n.translate import pick, t
from dashboard.views.figures import PANELS
from dashboard.views.numbers import write_count, write_ratio, write_share
from dashboard.views.patches import attributes, patch_button, to_unit
from dashboard.views.plans import view_plans
from dashboard.views.withheld import explain_withheld, write_withheld
from data.reads.breakdown import Item
from data.reads.choropleth import Metric
from data.reads.levels import Level
from data.reads.question import Question
from data.reads.summary import Summary
from data.reads.units import Unit
from data.reads.whereabouts import NO_PART, NO_ZONE

SHOWN = 10


@dataclass(frozen=True, slots=True)
class PartFigures:
    """Figures of a unit and its parts.

    Attributes:
        level: Level of the parts; None for the smallest units.
        units: The parts that belong to the unit, by code; items that only reach in from elsewhere are missing.
    """

    summary: Summary
    level: Level | None
    units: Mapping[str, Unit]


def figure_of(item: Item, metric: Metric, unit: Unit | None) -> float | None:
    """The figure of one part; None is no data (nothing due, or no size to relate to)."""
    measures = item.measures
    match metric:
        case "open":
            return measures.n_open
        case "overdue":
            return measures.n_overdue
        case "closed":
            return measures.n_closed
        case "on_time_share":
            return measures.on_time_share
        case "per_km2":
            return measures.n / (unit.area_m2 / 1e6) if unit and unit.area_m2 else None
        case "per_1000":
            return measures.n / (unit.population / 1e3) if unit and unit.population else None
        case _:
            return measures.n


def write_metric(value: float | None, metric: Metric) -> str:
    """A figure as its metric is written; a dash for no data."""
    if value is None:
        return "–"
    if metric == "on_time_share":
        return write_share(value)
    return write_ratio(value) if metric in ("per_km2", "per_1000") else write_count(value)


def view_ranking(figures: PartFigures, metric: Metric, lang: str) -> list[Any]:
    """The parts with the highest figures, and what lies in none of them."""
    name = t(f"map.metric.{metric}", lang)
    if figures.level is None:
        unit = figures.summary.question.unit
        text = t("map.ranking.empty", lang, name=pick(lang, unit.name, unit.name_en))
        return [_heading(t("map.ranking", lang), name), html.P(text, className="quiet")]
    level = pick(lang, figures.level.name_zh, figures.level.name_en)
    if not figures.summary.items and figures.summary.by == "zone":
        day = figures.summary.question.period.last
        return [_heading(t("map.ranking.of", lang, level=level), name), html.P(t("map.zones.none", lang, day=day))]
    rows = html.Div(_rows(figures, metric, lang), className="ranking", **attributes({"data-list": "ranking"}))
    return [_heading(t("map.ranking.of", lang, level=level), name), rows]


def _heading(title: str, metric: str) -> html.Header:
    return html.Header([html.H2(title), html.Span(metric, className="quiet")])


def _rows(figures: PartFigures, metric: Metric, lang: str) -> list[Any]:
    valued = [(item, figure_of(item, metric, figures.units.get(item.code))) for item in figures.summary.items]
    question = figures.summary.question
    ranked = sorted(valued, key=lambda pair: _order(pair[0], pair[1], question))
    largest = max((value or 0 for _, value in ranked), default=0) or 1
    rows: list[Any] = [
        _row(
            _down(place, item, (value or 0) / largest, figures.level, lang),
            item,
            write_withheld(lang) if question.hides(item.measures.n) else write_metric(value, metric),
            metric,
            lang,
            explain_withheld(question, lang) if question.hides(item.measures.n) else "",
        )
        for place, (item, value) in enumerate(ranked[:SHOWN], start=1)
    ]
    if len(ranked) > SHOWN:
        rows.append(html.P(t("map.ranking.more", lang, n=write_count(len(ranked) - SHOWN)), className="quiet more"))
    if figures.summary.unassigned:
        rows.append(_unassigned(figures.summary, lang))
    return rows


def _order(item: Item, value: float | None, question: Question) -> tuple[int, float, str]:
    """Figures come first, the highest on top; then what is withheld, then what has no data."""
    if question.hides(item.measures.n):
        return 1, 0.0, item.code
    return (2, 0.0, item.code) if value is None else (0, -value, item.code)


def _row(down: html.Button, item: Item, value: str, metric: Metric, lang: str, why: str = "") -> html.Div:
    """A click on the name goes down, on the number opens the incidents behind it; `why` it is withheld, if it is."""
    name = pick(lang, item.name, item.name_en)
    cases: Any = _cases(value, f"{PANELS.get(metric, 'all')}:{item.code}", name, metric, lang)
    if why:
        cases = html.Span(value, className="value withheld", title=why, **attributes({"aria-label": f"{name}: {why}"}))
    return html.Div([down, cases], className="rank-row", title=name)


def _down(place: int, item: Item, width: float, level: Level | None, lang: str) -> html.Button:
    tag = html.Span(t("map.ranking.shared", lang), className="tag", title=t("map.ranking.shared.help", lang))
    label = [pick(lang, item.name, item.name_en), tag if item.shared else None]
    parts = [
        html.Span(str(place), className="place"),
        html.Span(label, className="label", style={"--w": f"{width:.3f}"}),
    ]
    return patch_button(parts, to_unit(item.code, level.key if level else ""), className="rank")


def _cases(value: str, behind: str, name: str, metric: str, lang: str) -> html.Button:
    what = t("map.figures.show", lang, metric=f"{name} · {t(f'map.metric.{metric}', lang)}")
    label = t("map.figures.of", lang, metric=name, value=value)
    return patch_button(
        value,
        {"panel": f"list:{behind}"},
        className="value aside",
        title=what,
        **attributes({"aria-label": f"{label}. {what}"}),
    )


def _unassigned(summary: Summary, lang: str) -> html.Div:
    name, title = t("map.unassigned", lang), t("map.unassigned.help", lang)
    if summary.by == "zone":
        name, title = t("map.unassigned.zone", lang), t("map.unassigned.zone.help", lang)
    label = html.Span(name, className="label", title=title)
    parts = html.Div([html.Span("", className="place"), label], className="rank unassigned")
    return html.Div(
        [parts, _cases(write_count(summary.unassigned), f"all:{_rest(summary)}", name, "reported", lang)],
        className="rank-row unassigned",
    )


def _rest(summary: Summary) -> str:
    """What stands in addresses for the incidents in no part."""
    return NO_ZONE if summary.by == "zone" else NO_PART


def _sum(written: dict[str, str], summary: Summary, lang: str) -> str:
    """The sum in words."""
    if summary.by == "zone":
        if summary.released_here:
            return t("map.totals.released.zone", lang, **written)
        return t("map.totals.zone", lang, **written)
    return t("map.totals.released" if summary.released_here else "map.totals", lang, **written)


def view_totals(summary: Summary, as_of: str, lang: str) -> list[Any]:
    """The line that shows that nothing is lost: parts + unassigned = total; and whether there is more to it."""
    parts = sum(item.measures.n for item in summary.items)
    counts = {"parts": parts, "unassigned": summary.unassigned, "total": summary.total}
    if summary.released_here:
        counts["released"] = summary.released_here
    text = _sum({key: write_count(value) for key, value in counts.items()}, summary, lang)
    if summary.question.hides(summary.total):
        text = explain_withheld(summary.question, lang)
    behind = f"list:all:{_rest(summary)}" if summary.unassigned else "list:all"
    return [
        patch_button(text, {"panel": behind}, title=t("map.totals.label", lang)),
        *_not_permitted(summary, lang),
        *_protected(summary, lang),
        *view_plans(summary.plans, summary.question.unit.zone, lang),
        html.Span(t("map.as_of.short", lang, time=as_of)),
    ]


def _protected(summary: Summary, lang: str) -> list[html.Span]:
    minimum = summary.question.minimum_count
    if not minimum:
        return []
    if summary.question.leaves_out_sensitive:
        return [html.Span(t("replay.without_sensitive", lang), className="tag")]
    title = t("map.legend.released", lang, n=minimum)
    return [html.Span(t("map.totals.protected", lang), className="tag", title=title)]


def _not_permitted(summary: Summary, lang: str) -> list[html.Span]:
    if not summary.not_permitted:
        return []
    title = t("map.totals.not_permitted.help", lang)
    return [html.Span(t("map.totals.not_permitted", lang), className="tag not-permitted", title=title)]
