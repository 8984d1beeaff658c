"""Does the wall's page hold what its scripts ask for: places, sentences, colours, kinds of panels, files?"""

import json
import re
from pathlib import Path
from typing import get_args

import pytest

from dashboard import ids
from dashboard.index import Visitor, files_of_page
from dashboard.pages.wall.layout import wall_layout
from dashboard.pages.wall.words import CLASSES, browser_ramps, browser_words
from data.feed.entry import FeedKind
from data.wall.panels import ACTS, COLOURED, SUBJECTS
from data.wall.scene import PanelKind
from layers.palette import Theme

SCRIPTS = sorted((Path(__file__).parents[3] / "dashboard" / "assets").glob("9*_wall_*.js"))


def source(name: str = "") -> str:
    return "\n".join(path.read_text("utf-8") for path in SCRIPTS if name in path.name)


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_every_sentence_that_a_script_says_exists_and_every_other_is_gone(lang: str) -> None:
    words = browser_words(lang)
    said = set(re.findall(r'\bsay\("(\w+)"', source()))
    starts = tuple(set(re.findall(r"\bsay\(`(\w+_)\$\{", source())))
    assert len(said) > 30
    assert said - words.keys() == set()
    assert all(any(word.startswith(start) for word in words) for start in starts)
    assert {word for word in words if word not in said and not word.startswith(starts)} == set()


@pytest.mark.parametrize(
    ("start", "keys"),
    [
        ("source", set(PanelKind)), ("act", set(ACTS)), ("state", {"live", "late", "lost"}),
        ("refused", {"signed_out", "foreign", "not_permitted", "crowded"}), ("renewed", {"edition", "map", "begin"}),
        ("alarm", {"risk", "breach"}), ("light", {"within", "approaching", "breached"}),
    ],
)  # fmt: skip
def test_every_kind_has_its_words(start: str, keys: set[str]) -> None:
    assert {f"{start}_{key}" for key in keys} <= browser_words("zh").keys()


def test_every_kind_of_panel_is_drawn() -> None:
    assert set(re.findall(r"wall\.kinds\.(\w+) = ", source())) == set(PanelKind)


def test_every_subject_and_act_of_the_grammar_is_known_to_the_scripts() -> None:
    (by,) = re.findall(r"const BY = {(.*?)};", source("lists"))
    assert set(re.findall(r"(\w+):", by)) == set(SUBJECTS)
    (marks,) = re.findall(r"const MARKS = {(.*?)};", source("ticker"))
    assert set(re.findall(r"(\w+):", marks)) == set(ACTS)


def test_kinds_that_the_wall_listens_to_are_kinds_of_the_feed() -> None:
    (listed,) = re.findall(r"for \(const kind of (\[.*?\])\) app\.live", source("stage"))
    assert set(json.loads(listed)) <= set(FeedKind)


def test_every_place_that_a_script_fills_is_on_the_page() -> None:
    held = {part.id for part in wall_layout(Visitor("dark", "zh"))._traverse_ids()}
    parts = {f"{ids.WALL_PAGE}-{name}" for name in re.findall(r'\bpart\("([a-z]+)"\)', source())}
    (places,) = re.findall(r"const PLACES = (\[.*?\]);", source("stage"))
    parts |= {f"{ids.WALL_PAGE}-{name}" for name in json.loads(places)}
    assert len(parts) > 10
    assert parts - held == set()
    (waited,) = re.findall(r"whenDrawn\((\[.*?\])", source("stage"))
    assert set(json.loads(waited)) <= held


@pytest.mark.parametrize("theme", get_args(Theme))
def test_every_metric_of_a_map_has_colours(theme: Theme) -> None:
    ramps = browser_ramps(theme)
    assert ramps.keys() - {"water"} <= set(COLOURED)
    assert {len(set(colours)) for colours in ramps.values()} == {CLASSES}
    assert f"const CLASSES = {CLASSES};" in source("map")


def test_other_pages_are_not_served_the_wall() -> None:
    tags = "".join(f'<script src="/assets/{path.name}?m=1"></script>' for path in SCRIPTS)
    tags += '<link rel="stylesheet" href="/assets/wall_page.css?m=1">'
    assert len(SCRIPTS) >= 8
    assert files_of_page(tags, "/wall") == tags
    assert files_of_page(tags, "/map") == ""
