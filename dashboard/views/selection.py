"""How do the units look that were picked on the map: their sums, and each of them?"""

from typing import Any
from urllib.parse import urlencode

from dash import html

from dashboard.i18n.translate import pick, t
from dashboard.theme.tokens import MEANING_SHAPES
from dashboard.views.figures import MEANINGS, PANELS
from dashboard.views.numbers import write_count, write_ratio, write_share
from dashboard.views.patches import attributes, patch_button, to_unit
from dashboard.views.withheld import explain_withheld, write_withheld
from data.reads.measures import Measures
from data.reads.selection import Selection
from data.reads.summary import Figure
from data.reads.units import Unit

ROWS = 200
CLEARED: dict[str, str | None] = {"select": None, "panel": None}


def view_selection(selection: Selection, classes: str, lang: str, *, may_export: bool) -> list[Any]:
    """Sums, what can be done with the selection, and its units with the largest first."""
    pairs = sorted(
        zip(selection.chosen.units, selection.items, strict=True), key=lambda pair: (-pair[1].n, pair[0].code)
    )
    rows = [_row(unit, measures, selection, lang) for unit, measures in pairs[:ROWS]]
    more = write_count(len(pairs) - ROWS)
    return [
        html.Div(
            [_figure(figure, selection, lang) for figure in selection.figures], className="figures picked-figures"
        ),
        html.Dl(_facts(selection, lang), className="facts picked-facts"),
        html.P(t("map.picked.once", lang), className="quiet"),
        html.Div([*(_exports(selection, classes, lang) if may_export else []), _clear(lang)], className="picked-acts"),
        html.Div(rows, className="picked-units", **attributes({"data-list": "picked"})),
        html.P(t("map.ranking.more", lang, n=more), className="quiet") if len(pairs) > ROWS else None,
    ]


def view_nothing_picked(lang: str) -> html.P:
    """How units are picked."""
    return html.P(t("map.picked.none", lang), className="quiet")


def _figure(figure: Figure, selection: Selection, lang: str) -> Any:
    name, question = t(f"map.metric.{figure.key}", lang), selection.question
    if question.hides(selection.measures.n):
        hidden = html.Span(write_withheld(lang), className="value withheld")
        return html.Div(
            [html.Span(name, className="name"), hidden], className="figure", title=explain_withheld(question, lang)
        )
    value = "–" if figure.value is None else _written(figure.key, figure.value)
    meaning = MEANINGS.get(figure.key) if figure.value else None
    shape = html.Span(MEANING_SHAPES[meaning], className=f"shape m-{meaning}") if meaning else None
    return patch_button(
        [html.Span([shape, name], className="name"), html.Span(value, className="value")],
        {"panel": f"list:{PANELS[figure.key]}:picked"},
        className="figure",
        title=t("map.figures.show", lang, metric=name),
        **attributes({"aria-label": t("map.figures.of", lang, metric=name, value=value)}),
    )


def _written(key: str, value: float) -> str:
    return write_share(value) if key == "on_time_share" else write_count(value)


def _facts(selection: Selection, lang: str) -> list[Any]:
    people = "–" if selection.population is None else write_count(selection.population)
    if selection.without_population and selection.population is not None:
        people += " " + t("map.picked.unknown_people", lang, n=write_count(selection.without_population))
    area = t("map.picked.km2", lang, n=write_ratio(selection.area_m2 / 1e6))
    facts = (("level", _level(selection, lang)), ("people", people), ("area", area))
    return [part for key, text in facts for part in (html.Dt(t(f"map.picked.{key}", lang)), html.Dd(text))]


def _level(selection: Selection, lang: str) -> str:
    level = selection.chosen.level
    return pick(lang, level.name_zh, level.name_en)


def _exports(selection: Selection, classes: str, lang: str) -> list[Any]:
    period = selection.question.period
    asked = {
        "units": ",".join(unit.code for unit in selection.chosen.units),
        "level": selection.chosen.level.key,
        "from": period.first.isoformat(),
        "to": period.last.isoformat(),
        "class": classes,
    }
    query = urlencode({key: value for key, value in asked.items() if value})
    return [
        html.A(
            t(f"map.export.{kind}", lang),
            href=f"/api/v1/export/selection.{kind}?{query}",
            className="link",
        )
        for kind in ("csv", "geojson")
    ]


def _clear(lang: str) -> Any:
    return patch_button(t("map.picked.clear", lang), CLEARED, className="link")


def _row(unit: Unit, measures: Measures, selection: Selection, lang: str) -> html.Div:
    name = pick(lang, unit.name, unit.name_en)
    others = ",".join(other.code for other in selection.chosen.units if other.id != unit.id)
    question = selection.question
    value = write_withheld(lang) if question.hides(measures.n) else write_count(measures.n)
    rest = {"select": f"{unit.level}:{others}", "panel": "picked"} if others else CLEARED
    return html.Div(
        [
            patch_button(name, to_unit(unit.code, unit.level), className="picked-name", title=unit.code),
            patch_button(
                value,
                to_unit(unit.code, unit.level, panel="list:all"),
                className="picked-n aside",
                title=explain_withheld(question, lang) if question.hides(measures.n) else None,
                **attributes({"aria-label": t("map.figures.of", lang, metric=name, value=value)}),
            ),
            patch_button(
                "×",
                rest,
                className="picked-drop aside",
                title=t("map.picked.drop", lang, name=name),
                **attributes({"aria-label": t("map.picked.drop", lang, name=name)}),
            ),
        ],
        className="picked-unit",
    )
