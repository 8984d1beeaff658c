"""How do the five figures of the selected unit look?"""

from typing import Any

from dash import html

from dashboard.i18n.translate import t
from dashboard.theme.tokens import MEANING_SHAPES
from dashboard.views.numbers import write_change, write_count, write_points, write_share
from dashboard.views.patches import attributes, patch_button
from data.reads.summary import Figure, Summary

PANELS = {"reported": "all", "open": "open", "overdue": "overdue", "closed": "closed", "on_time_share": "due"}
"""Which incidents stand behind each figure: value of the address key `panel`, after `list:`."""

MEANINGS = {"overdue": "breached", "closed": "closed", "on_time_share": "within"}
GOOD_DIRECTION = {"overdue": -1, "on_time_share": 1}


def view_figures(summary: Summary, as_of: str, lang: str) -> list[Any]:
    """The strip of figures; a click opens the incidents behind one."""
    days = summary.question.period.length_days
    return [_figure(figure, days, as_of, lang) for figure in summary.figures]


def _figure(figure: Figure, days: int, as_of: str, lang: str) -> html.Button:
    is_main = figure.key == "reported"
    name = t(f"map.metric.{figure.key}", lang)
    help_text = f"{t('map.figures.show', lang, metric=name)} · {t('map.as_of', lang, time=as_of)}"
    return patch_button(
        [
            html.Span(
                [_shape(figure), t(f"map.metric.{figure.key}.long", lang) if is_main else name], className="name"
            ),
            html.Span(_value(figure), className="value"),
            html.Span(_change(figure, days, lang, is_main), className="change"),
        ],
        {"panel": f"list:{PANELS[figure.key]}"},
        className="figure main-figure" if is_main else "figure",
        title=help_text,
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


def _change(figure: Figure, days: int, lang: str, is_main: bool) -> list[Any]:
    if figure.value is None:
        return [t("map.figures.none", lang)]
    if figure.share is not None:
        return [html.Span(t("map.figures.share", lang, share=write_share(figure.share)))]
    if figure.change is None or figure.previous is None:
        return [t("map.figures.unknown", lang)]
    text = (
        write_points(figure.change, lang)
        if figure.key == "on_time_share"
        else write_change(figure.change, figure.previous, lang)
    )
    against = t("map.figures.against", lang, n=days)
    mark = html.Span(text, className=_judgement(figure), title=against)
    return [against, html.Br(), mark] if is_main else [mark]


def _judgement(figure: Figure) -> str:
    direction = GOOD_DIRECTION.get(figure.key, 0) * (figure.change or 0)
    return "better" if direction > 0 else "worse" if direction < 0 else ""
