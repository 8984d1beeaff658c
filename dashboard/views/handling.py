"""How do figures of handling and the league table look?"""

from typing import Any

from dash import html

from dashboard.i18n.translate import pick, t
from dashboard.theme.tokens import MEANING_SHAPES
from dashboard.views.numbers import write_count, write_share
from dashboard.views.patches import attributes, patch_button
from dashboard.views.withheld import explain_withheld, write_withheld
from data.figures.counting import NONE, Parts
from data.figures.definition import FigureDefinition, definitions
from data.figures.league import LeagueRules, Place
from data.figures.read import Figures

LIGHTS = {"green": "within", "yellow": "approaching", "red": "breached"}
"""Meaning, and with it shape and colour, of each light."""

RANKED = ("unit", "department")


def panel_of(figure: str, part: str, *, adjusted: bool, by: str = "", code: str = "") -> str:
    """Value of the address key `panel` for the cases behind a number."""
    kind = "adjusted" if adjusted else "factual"
    return ":".join(["figure", figure, part, kind, *([by, code] if by else [])])


def view_handling(found: Figures, lang: str) -> list[Any]:
    """Each figure as it happened and without granted appeals; a click on a number opens its cases."""
    heads = [html.Span(""), *(html.Span(t(f"map.handling.{kind}", lang)) for kind in ("factual", "adjusted"))]
    rows = [html.Div(heads, className="handling-row quiet"), *(_row(one, found, lang) for one in definitions())]
    league = patch_button(t("map.league", lang), {"panel": "league:unit"}, className="link")
    head = html.Header([html.H2(t("map.handling", lang), title=t("map.handling.help", lang)), league])
    return [head, html.Div(rows, className="handling", **attributes({"data-list": "handling"}))]


def _row(figure: FigureDefinition, found: Figures, lang: str) -> html.Div:
    count = found.total.get(figure.key, NONE)
    name = pick(lang, figure.zh, figure.en)
    formula = pick(lang, figure.formula_zh, figure.formula_en)
    if count.factual.unknown:
        formula += "\n" + t("map.handling.unknown", lang, n=write_count(count.factual.unknown))
    if found.question.is_withheld:
        told = html.Span(write_withheld(lang), className="quiet", title=explain_withheld(found.question, lang))
        return html.Div([html.Span(name, className="name", title=formula), told], className="handling-row")
    cells = [_number(figure, part, name, formula, lang, adjusted=kind) for part, kind in _both(count)]
    return html.Div([html.Span(name, className="name", title=formula), *cells], className="handling-row")


def _both(count: Any) -> tuple[tuple[Parts, bool], tuple[Parts, bool]]:
    return (count.factual, False), (count.adjusted, True)


def _number(figure: FigureDefinition, parts: Parts, name: str, formula: str, lang: str, *, adjusted: bool) -> html.Span:
    """The share, which opens the numerator, over its two counts, of which the second opens the denominator."""
    if parts.value is None:
        return html.Span(t("map.handling.none", lang), className="quiet", title=formula)
    opened = {part: panel_of(figure.key, part, adjusted=adjusted) for part in ("numerator", "denominator")}
    kind = t(f"map.handling.{'adjusted' if adjusted else 'factual'}", lang)
    share = write_share(parts.value)
    label = t("map.handling.label", lang, figure=name, kind=kind, value=share)
    top = patch_button(
        [html.Strong(share), html.Small(write_count(parts.numerator))],
        {"panel": opened["numerator"]},
        className="value",
        title=f"{formula}\n{t('map.handling.open.numerator', lang)}",
        **attributes({"aria-label": label}),
    )
    below = patch_button(
        f"/ {write_count(parts.denominator)}",
        {"panel": opened["denominator"]},
        className="value of",
        title=t("map.handling.open.denominator", lang),
        **attributes({"aria-label": f"{label}. {t('map.handling.open.denominator', lang)}"}),
    )
    return html.Span([top, below], className="number")


def view_league(found: Figures, places: tuple[Place, ...], rules: LeagueRules, lang: str) -> list[Any]:
    """The table, best first; every part opens its cases."""
    ways = [
        patch_button(
            t(f"map.league.{by}", lang),
            {"panel": f"league:{by}"},
            className="link",
            **attributes({"aria-pressed": str(found.by == by).lower()}),
        )
        for by in RANKED
    ]
    weights = ", ".join(f"{pick(lang, part.figure.zh, part.figure.en)} {part.weight:g}" for part in rules.parts)
    lights = t("map.league.lights", lang, green=f"{rules.green:g}", yellow=f"{rules.yellow:g}")
    about = html.P(
        f"{t('map.league.help', lang, parts=weights, n=rules.at_least)} {lights}", className="quiet league-about"
    )
    if not places:
        text = explain_withheld(found.question, lang) if found.question.is_withheld else t("map.league.empty", lang)
        return [html.Nav(ways, className="league-ways"), about, html.P(text, className="quiet")]
    rows = [_place(place, found.by, rules, lang) for place in places]
    table = html.Div(rows, className="league", **attributes({"data-list": "league"}))
    return [html.Nav(ways, className="league-ways"), about, table]


def _place(place: Place, by: str, rules: LeagueRules, lang: str) -> html.Div:
    name = pick(lang, place.subject.name, place.subject.name_en)
    rank = html.Span("–" if place.rank is None else str(place.rank), className="place")
    score = t("map.league.few", lang) if place.score is None else f"{place.score:.1f}"
    head = [rank, html.Strong(name, className="name"), _light(place, lang), html.Span(score, className="score")]
    parts = [_part(scored, place, by, name, rules, lang) for scored in place.parts if scored.parts.denominator]
    return html.Div(
        [html.Div(head, className="league-head"), html.Div(parts, className="league-parts")], className="league-row"
    )


def _light(place: Place, lang: str) -> html.Span | None:
    if place.light is None:
        return None
    meaning = LIGHTS[place.light]
    shape = html.Span(MEANING_SHAPES[meaning], **attributes({"aria-hidden": "true"}))
    word = t(f"map.league.{place.light}", lang)
    return html.Span(shape, className=f"shape m-{meaning}", title=word, role="img", **attributes({"aria-label": word}))


def _part(scored: Any, place: Place, by: str, name: str, rules: LeagueRules, lang: str) -> html.Button:
    figure = scored.part.figure
    words = pick(lang, figure.zh, figure.en)
    counts = f"{write_count(scored.parts.numerator)}/{write_count(scored.parts.denominator)}"
    panel = panel_of(figure.key, "numerator", adjusted=rules.adjusted, by=by, code=place.subject.code)
    return patch_button(
        [html.Span(words), html.Strong(write_share(scored.parts.value)), html.Small(counts)],
        {"panel": panel},
        className="league-part",
        title=pick(lang, figure.formula_zh, figure.formula_en),
        **attributes({"aria-label": t("map.handling.label", lang, figure=words, kind=name, value=counts)}),
    )
