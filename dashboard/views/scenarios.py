"""How do the scenarios of the city look, kind by kind?"""

from collections.abc import Sequence
from typing import Any

from dash import html

from dashboard.i18n.translate import pick
from dashboard.views.patches import attributes, patch_button
from data.reads.catalog import ScenarioEntry


def view_scenarios(scenarios: Sequence[ScenarioEntry], chosen: str, lang: str) -> list[Any]:
    """All scenarios under the headings of their kinds; the chosen one is pressed and lets go when clicked again."""
    kinds: dict[str, list[ScenarioEntry]] = {}
    for scenario in scenarios:
        kinds.setdefault(scenario.kind_key, []).append(scenario)
    return [_kind(entries, chosen, lang) for entries in kinds.values()]


def _kind(entries: Sequence[ScenarioEntry], chosen: str, lang: str) -> html.Div:
    first = entries[0]
    chips = [_chip(entry, lang, is_chosen=entry.key == chosen) for entry in entries]
    heading = html.H3(pick(lang, first.kind_zh, first.kind_en))
    return html.Div([heading, html.Div(chips, className="chips")], className="scenario-kind")


def _chip(entry: ScenarioEntry, lang: str, *, is_chosen: bool) -> html.Button:
    change = {"class": None if is_chosen else f"scenario:{entry.key}"}
    name = pick(lang, entry.name_zh, entry.name_en)
    return patch_button(name, change, className="chip", **attributes({"aria-pressed": str(is_chosen).lower()}))
