"""Does the planner's page hold what its scripts ask for: places, sentences, colours, drawing kinds?"""

import re
from pathlib import Path
from typing import Any, get_args

import pytest
from dash.development.base_component import Component

from dashboard import ids
from dashboard.components.map_view.layers import LayerKind
from dashboard.index import Visitor
from dashboard.pages.zones.layout import zones_layout
from dashboard.pages.zones.words import browser_words
from dashboard.zoning.zone_colours import COLOURS

ROOT = Path(__file__).parents[3] / "dashboard"
SCRIPTS = sorted((ROOT / "assets").glob("7*_zones_*.js"))
OWN = [path for path in SCRIPTS if path.name < "75"]
"""Scripts of the editor; those of the panels come after."""

MADE_IN_THE_BROWSER = {"zones-toasts", "zones-dialog-title"}


def source() -> str:
    return "\n".join(path.read_text("utf-8") for path in SCRIPTS)


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_every_sentence_that_a_script_says_exists(lang: str) -> None:
    words = browser_words(lang)
    said = set(re.findall(r'\bsay\("(\w+)"', source()))
    assert len(said) > 100
    assert said - words.keys() == set()


def test_every_kind_of_sentence_that_is_put_together_exists() -> None:
    words = browser_words("zh")
    for start in set(re.findall(r"\bsay\(`(\w+_)\$\{", source())):
        assert any(word.startswith(start) for word in words), start


def test_every_place_that_the_editor_fills_is_on_the_page() -> None:
    page = zones_layout(Visitor("dark", "zh"))
    held = {part.id for part in page._traverse_ids()}
    text = "\n".join(path.read_text("utf-8") for path in OWN)
    named = set(re.findall(r'"(zones-[a-z-]+[a-z])"', text)) - MADE_IN_THE_BROWSER
    assert len(named) > 12
    assert named - held == set()


def test_what_an_account_may_not_do_is_told_to_the_page() -> None:
    page = zones_layout(Visitor("dark", "zh"))
    marked: Any = next(part for part in page._traverse() if isinstance(part, Component) and _id(part) == ids.ZONES_PAGE)
    rights = {name: value for name, value in marked.to_plotly_json()["props"].items() if name.startswith("data-may")}
    assert rights == {"data-may-edit": "false", "data-may-adopt": "false", "data-may-export": "false"}


def _id(part: Component) -> object:
    return getattr(part, "id", None)


def test_browser_and_server_have_the_same_colours() -> None:
    script = (ROOT / "assets" / "71_zones_sheet.js").read_text("utf-8")
    listed = re.search(r"const COLOURS = \[(.*?)\]", script, re.DOTALL)
    assert listed is not None
    assert tuple(re.findall(r'"(#\w+)"', listed[1])) == COLOURS


def test_browser_and_server_have_the_same_kinds_of_layers() -> None:
    script = (ROOT / "components" / "map_view" / "client" / "style.js").read_text("utf-8")
    table = script[script.index("const KINDS = {") : script.index("/** The kinds a layer may have. */")]
    kinds = {quoted or bare for quoted, bare in re.findall(r'^  (?:"([\w-]+)"|(\w+))[:,]', table, re.MULTILINE)}
    assert kinds == set(get_args(LayerKind))
