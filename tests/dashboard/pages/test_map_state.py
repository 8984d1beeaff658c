"""Does the address say what the page shows?"""

from datetime import date
from pathlib import Path

import pytest

from dashboard import ids
from dashboard.index import visitor_of
from dashboard.pages.map.layout import FACETS
from dashboard.pages.map.state import MapState, parse_state, preset_of, window_of
from data.reads.period import Period

JUNE = Period(date(2026, 6, 1), date(2026, 6, 30))


def test_an_empty_address_means_the_defaults():
    assert parse_state({}) == MapState()


def test_every_key_is_read():
    state = parse_state(
        {
            "unit": "4415", "metric": "overdue", "from": "2026-06-01", "to": "2026-06-30",
            "days": "2026-06-02..2026-06-04", "class": "scenario:fire",
            "level": "small", "layer": "hex", "show": "zones,places", "scheme": "natural",
            "panel": "incident:7", "theme": "light", "lang": "en",
        }
    )  # fmt: skip
    assert (state.unit, state.metric, state.first, state.last) == ("4415", "overdue", "2026-06-01", "2026-06-30")
    assert state.focus == Period(date(2026, 6, 2), date(2026, 6, 4))
    assert (state.classes, state.scenario, state.level) == ("scenario:fire", "fire", "small")
    assert (state.density, state.overlays, state.scheme) == ("hex", ("places", "zones"), "natural")
    assert (state.panel, state.theme, state.lang) == ("incident:7", "light", "en")


@pytest.mark.parametrize("key", ["metric", "layer", "scheme", "theme", "lang"])
def test_a_choice_that_does_not_exist_falls_back(key):
    assert parse_state({key: "nonsense"}) == MapState()


@pytest.mark.parametrize("days", ["", "yesterday", "2026-06-04..2026-06-02", "2026-13-01"])
def test_days_that_are_no_days_are_no_focus(days):
    assert parse_state({"days": days}).focus is None


def test_one_day_is_a_focus_of_one_day():
    focus = parse_state({"days": "2026-06-02"}).focus
    assert focus == Period(date(2026, 6, 2), date(2026, 6, 2))


def test_the_window_is_the_focus_within_the_period():
    inside = parse_state({"days": "2026-06-02..2026-06-04"})
    outside = parse_state({"days": "2026-05-30..2026-06-04"})
    assert window_of(inside, JUNE) == Period(date(2026, 6, 2), date(2026, 6, 4))
    assert window_of(outside, JUNE) == JUNE


def test_the_preset_is_named_only_where_the_period_ends_on_the_newest_day():
    assert preset_of(JUNE, date(2026, 6, 30)) == "30"
    assert preset_of(JUNE, date(2026, 7, 1)) == ""
    assert preset_of(Period(date(2026, 6, 30), date(2026, 6, 30)), date(2026, 6, 30)) == "1"


def test_the_stores_hold_the_same_keys_in_python_and_in_the_browser():
    script = (Path(__file__).parents[3] / "dashboard" / "assets" / "10_state.js").read_text(encoding="utf-8")
    for store, keys in FACETS.items():
        line = f'"{store}": [{", ".join(f"{chr(34)}{key}{chr(34)}" for key in keys)}],'
        assert line in script
    assert ids.QUESTION in FACETS


@pytest.mark.parametrize(
    ("query", "cookies", "expected"),
    [
        ({}, {}, ("dark", "zh")),
        ({}, {"minqing_theme": "light", "minqing_lang": "en"}, ("light", "en")),
        ({"theme": "dark", "lang": "zh"}, {"minqing_theme": "light", "minqing_lang": "en"}, ("dark", "zh")),
        ({"theme": "pink", "lang": "xx"}, {"minqing_theme": "x"}, ("dark", "zh")),
    ],
)
def test_address_beats_cookie_beats_default(query, cookies, expected):
    visitor = visitor_of(query, cookies, "zh")
    assert (visitor.theme, visitor.lang) == expected
