"""How do the five figures of the selected unit look?"""

from typing import Any

from dash import html

from dashboard import ids
from dashboard.i18n.translate import t
from dashboard.theme.tokens import MEANING_SHAPES
from dashboard.views.numbers import write_change, write_count, write_moment, write_points, write_share
from dashboard.views.patches import attributes, patch_button
from dashboard.views.withheld import explain_withheld, write_withheld
from data.reads.before import Before, Change
from data.reads.question import Question
from data.reads.summary import Figure, Summary

PANELS = {"reported": "all", "open": "open", "overdue": "overdue", "closed": "closed", "on_time_share": "due"}
"""Which incidents stand behind each figure: value of the address key `panel`, after `list:`."""

MEANINGS = {"overdue": "breached", "closed": "closed", "on_time_share": "within"}
GOOD_DIRECTION = {"overdue": -1, "on_time_share": 1}
"""What a change means; more reports, open or closed cases alone are neither good nor bad."""


def view_figures(summary: Summary, as_of: str, lang: str, before: Before | None = None) -> list[Any]:
    """The strip of figures; a click opens the incidents behind one. Without `before` changes come a moment later."""
    if summary.question.hides(summary.total):
        return [_withheld(figure, summary.question, lang) for figure in summary.figures]
    return [_figure(figure, as_of, lang, _change(figure, before, lang)) for figure in summary.figures]


def _withheld(figure: Figure, question: Question, lang: str) -> html.Div:
    """A figure that may not be told; there is nothing behind it to be opened."""
    name, why = t(f"map.metric.{figure.key}", lang), explain_withheld(question, lang)
    return html.Div(
        [
            html.Span(name, className="name"),
            html.Span(write_withheld(lang), className="value withheld"),
            html.Span(t("map.legend.suppressed", lang), className="share"),
            html.Span("", id=ids.change(figure.key), className="change"),
        ],
        className="figure main-figure" if figure.key == "reported" else "figure",
        title=why,
        **attributes({"aria-label": f"{name}: {why}"}),
    )


def _change(figure: Figure, before: Before | None, lang: str) -> Any:
    if before is None:
        return "…" if figure.value is not None else ""
    return view_change(before, figure.key, lang)


def _figure(figure: Figure, as_of: str, lang: str, change: Any) -> html.Button:
    is_main = figure.key == "reported"
    name = t(f"map.metric.{figure.key}", lang)
    rule = t(f"formula.{figure.key}", lang)
    help_text = f"{t('map.figures.show', lang, metric=name)} · {t('map.as_of', lang, time=as_of)}"
    return patch_button(
        [
            html.Span(
                [_shape(figure), t(f"map.metric.{figure.key}.long", lang) if is_main else name], className="name"
            ),
            html.Span(_value(figure), className="value"),
            html.Span(_share(figure, lang), className="share"),
            html.Span(change, id=ids.change(figure.key), className="change"),
        ],
        {"panel": f"list:{PANELS[figure.key]}"},
        className="figure main-figure" if is_main else "figure",
        title=f"{rule}\n{help_text}",
        **attributes({"aria-label": f"{t('map.figures.of', lang, metric=name, value=_value(figure))}. {help_text}"}),
    )


def _shape(figure: Figure) -> html.Span | None:
    meaning = MEANINGS.get(figure.key)
    if meaning is None or not figure.value:
        return None
    return html.Span(MEANING_SHAPES[meaning], className=f"shape m-{meaning}", **attributes({"aria-hidden": "true"}))


def _value(figure: Figure) -> str:
    if figure.value is None:
        return "–"
    return write_share(figure.value) if figure.key == "on_time_share" else write_count(figure.value)


def _share(figure: Figure, lang: str) -> str:
    if figure.value is None:
        return t("map.figures.none", lang)
    return "" if figure.share is None else t("map.figures.share", lang, share=write_share(figure.share))


def view_change(before: Before, key: str, lang: str) -> list[Any]:
    """The change of one figure against the period before at the same age, with the rule behind it."""
    figure = next(figure for figure in before.figures if figure.key == key)
    # The period before has no sensitive classes: against nothing, everything would look new.
    if figure.value is None or before.question.is_withheld:
        return []
    days = before.question.period.length_days
    if figure.change is None or figure.previous is None:
        return [html.Span(t("map.figures.unknown", lang), title=t("map.figures.unknown.why", lang, n=days))]
    text = (
        write_points(figure.change, lang)
        if key == "on_time_share"
        else write_change(figure.change, figure.previous, lang)
    )
    mark = html.Span(text, className=_judgement(figure), title=_rule(before, figure, lang))
    is_main = key == "reported"
    return [t("map.figures.against", lang, n=days), html.Br(), mark] if is_main else [mark]


def _rule(before: Before, figure: Change, lang: str) -> str:
    previous = figure.previous or 0
    return t(
        "formula.before",
        lang,
        first=before.period.first,
        last=before.period.last,
        moment=write_moment(before.as_of, before.question.moment.zone),
        value=write_share(previous) if figure.key == "on_time_share" else write_count(previous),
    )


def _judgement(figure: Change) -> str:
    direction = GOOD_DIRECTION.get(figure.key, 0) * (figure.change or 0)
    return "better" if direction > 0 else "worse" if direction < 0 else ""
