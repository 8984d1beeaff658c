"""How do the days of the period look under the map?"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from dash import html

from dashboard.i18n.translate import t
from dashboard.views.numbers import write_count
from dashboard.views.patches import attributes, patch_button
from data.reads.period import Period

MAX_BARS = 366


@dataclass(frozen=True, slots=True)
class DayCount:
    """Incidents of one day."""

    day: date
    n: int


def view_strip(counts: Sequence[DayCount], window: Period, *, withheld: bool = False) -> html.Div:
    """One bar per day, or per some days where the period is longer than `MAX_BARS` days.

    The bars of the window are lit. `withheld` tells that days without a figure may have had some: they are dotted.
    """
    width = -(-len(counts) // MAX_BARS) or 1
    groups = [counts[start : start + width] for start in range(0, len(counts), width)]
    highest = max((sum(count.n for count in group) for group in groups), default=0) or 1
    is_whole = bool(counts) and window.first == counts[0].day and window.last == counts[-1].day
    bars = [_bar(group, highest, window, is_whole=is_whole, withheld=withheld) for group in groups]
    ends = {"data-first": counts[0].day.isoformat(), "data-last": counts[-1].day.isoformat()} if counts else {}
    return html.Div(bars, className="bars", **attributes({"aria-hidden": "true"}), **attributes(ends))


def _bar(group: Sequence[DayCount], highest: int, window: Period, *, is_whole: bool, withheld: bool) -> html.I:
    n = sum(count.n for count in group)
    inside = group[0].day <= window.last and group[-1].day >= window.first
    state = "rest" if is_whole else "on" if inside else ""
    if withheld and n == 0:
        state = f"{state} withheld".strip()
    return html.I(className=state, style={"--h": f"{n / highest:.4f}"})


def view_ticks(period: Period) -> list[Any]:
    """The first day, the last day and some between them."""
    days = period.days
    steps = min(6, len(days) - 1)
    places = [round(k * (len(days) - 1) / steps) for k in range(steps + 1)] if steps > 0 else [0]
    return [
        html.Span(days[place].isoformat()[5:] if 0 < k < len(places) - 1 else days[place].isoformat())
        for k, place in enumerate(places)
    ]


def view_window(period: Period, window: Period, told: str, lang: str) -> list[Any]:
    """What is chosen, in words, and the way back to the whole period; `told` is how many incidents."""
    text = t("map.timeline.range", lang, first=window.first.isoformat(), last=window.last.isoformat())
    if window.first == window.last:
        text = window.first.isoformat()
    days = t("map.timeline.days", lang, n=write_count(window.length_days))
    parts: list[Any] = [
        html.Strong(text),
        html.Span(days, className="quiet"),
        patch_button(told, {"panel": "list:all"}, className="quiet"),
    ]
    if window != period:
        parts.append(patch_button(t("map.timeline.clear", lang), {"days": None}, className="link"))
    return parts


def brush_range(period: Period, window: Period) -> tuple[int, int]:
    """Places of the first and last day of the window within the period."""
    return (window.first - period.first).days, (window.last - period.first).days
