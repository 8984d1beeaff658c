"""Are scenes read as they are written, and does a mistake say line, field, cause and remedy?"""

import os
from dataclasses import fields
from datetime import time
from pathlib import Path

import pytest
import yaml

from data.reads.levels import Level
from data.reads.units import Unit
from data.wall.book import SceneBook
from data.wall.casting import cast, level_of
from data.wall.errors import ScenesInvalid
from data.wall.reading import FILE, parse_wall, read_wall
from data.wall.scene import Light, PanelKind, Place
from data.wall.urgent import urgent_from

SMALL = """\
dwell_s: 20
ages: {late_s: 10, lost_s: 30}
alarms: {hold_s: 15}
shifts:
  - {from: "08:00", zh: 早班, en: Day}
  - {from: "20:00", zh: 夜班, en: Night}
scenes:
  - key: one
    zh: 一
    en: One
    class: [fire]
    panels:
      - {kind: figure, place: left, zh: 数, en: Number, metric: open, days: 7, light: {yellow: 5, red: 9}}
      - {kind: map, place: centre, zh: 图, en: Map, level: finest, metric: open}
      - {kind: clock, place: right, zh: 钟, en: Clock, late_s: 60, lost_s: 90}
"""
FIGURE = "      - {kind: figure, place: left, zh: 数, en: Number, metric: open, days: 7, light: {yellow: 5, red: 9}}"
MAP = "      - {kind: map, place: centre, zh: 图, en: Map, level: finest, metric: open}"
CLOCK = "      - {kind: clock, place: right, zh: 钟, en: Clock, late_s: 60, lost_s: 90}"
FIRST = "scenes[0].panels[0]"


def refused(text: str) -> ScenesInvalid:
    with pytest.raises(ScenesInvalid) as caught:
        parse_wall(text, "mine.yaml")
    return caught.value


def test_a_scene_is_read_as_it_is_written() -> None:
    wall = parse_wall(SMALL, "mine.yaml")
    (scene,) = wall.scenes
    figure, coloured, clock = scene.panels
    assert (scene.key, scene.title.zh, scene.title.en, scene.dwell_s, scene.for_each) == ("one", "一", "One", 20, None)
    assert (figure.kind, figure.place, figure.metric, figure.days) == (PanelKind.FIGURE, Place.LEFT, "open", 7)
    assert (figure.light, figure.classes, figure.action) == (Light(5, 9), ("fire",), "cases")
    assert (figure.ages.late_s, figure.ages.lost_s) == (10, 30)
    assert (coloured.level, coloured.days, coloured.has_heat, coloured.action) == ("finest", 30, False, "map")
    assert (clock.ages.late_s, clock.ages.lost_s, clock.classes, clock.action) == (60, 90, (), "none")
    assert [shift.starts_at for shift in wall.shifts] == [time(8), time(20)]
    assert (wall.alarms.hold_s, wall.alarms.has_sound, wall.alarms.on_risk, wall.alarms.on_breach) == (
        15,
        True,
        True,
        True,
    )
    assert wall.night is None


def test_the_shipped_file_holds_the_scenes_and_every_kind_of_panel() -> None:
    wall = read_wall()
    keys = [scene.key for scene in wall.scenes]
    assert keys == ["overview", "area", "disputes", "fire-and-flood", "deadlines", "league", "early-warnings"]
    assert {panel.kind for scene in wall.scenes for panel in scene.panels} == set(PanelKind)
    assert [scene.key for scene in wall.scenes if scene.for_each] == ["area"]
    assert all(any(panel.kind is PanelKind.MAP for panel in scene.panels) for scene in wall.scenes)


@pytest.mark.parametrize(
    ("before", "after", "line", "field", "said"),
    [
        (
            "metric: open, days: 7",
            "metric: opne, days: 7",
            13,
            f"{FIRST}.metric",
            "'opne' is unknown. Use one of: reported",
        ),
        ("metric: open, days: 7", "days: 7", 13, f"{FIRST}.metric", "The field is missing. Add it."),
        ("days: 7", "days: 0", 13, f"{FIRST}.days", "0 is no number from 1 to 366"),
        ("days: 7", "days: 1.5", 13, f"{FIRST}.days", "1.5 is no whole number"),
        ("days: 7", "days: !own 7", 13, f"{FIRST}.days", "The value cannot be read."),
        ("days: 7", "days: 2026-13-45", 13, f"{FIRST}.days", "The value cannot be read."),
        ("days: 7", "days: true", 13, f"{FIRST}.days", "True is no number"),
        ("days: 7", "dayz: 7", 13, f"{FIRST}.dayz", "There is no such field here. Use any of:"),
        ("days: 7", "rows: 7", 13, f"{FIRST}.rows", "There is no such field here."),
        ("red: 9", "red: 5", 13, f"{FIRST}.light.red", "Yellow and red begin at the same value."),
        ("kind: figure", "kind: gauge", 13, f"{FIRST}.kind", "'gauge' is unknown."),
        ("place: left", "place: top", 13, f"{FIRST}.place", "'top' is unknown."),
        ("zh: 数,", "zh: '',", 13, f"{FIRST}.zh", "'' is no text."),
        ("place: centre", "place: left", 14, "scenes[0].panels[1].place", "A map stands in the middle."),
        ("level: finest", "level: below-0", 14, "scenes[0].panels[1].level", "'below-0' is no step."),
        ("level: finest", "level: Small", 14, "scenes[0].panels[1].level", "'Small' is no key."),
        ("lost_s: 90", "lost_s: 50", 15, "scenes[0].panels[2].lost_s", "50 (lost) is not more than 60 (late)."),
        ("lost_s: 30", "lost_s: 10", 2, "ages.lost_s", "10 is not more than late_s."),
        ("dwell_s: 20", "dwell_s: 2", 1, "dwell_s", "2 is no number from 5 to 3600"),
        ("dwell_s: 20\n", "", 1, "dwell_s", "The field is missing."),
        ("hold_s: 15", "hold_s: 15, sound: loud", 3, "alarms.sound", "'loud' is neither true nor false."),
        ('"20:00"', '"08:00"', 5, "shifts", "The times do not ascend."),
        ('"08:00"', '"8 Uhr"', 5, "shifts[0].from", "'8 Uhr' is no time of day."),
        ("class: [fire]", "class: fire", 11, "scenes[0].class", "'fire' is no list of words."),
        ("class: [fire]", "class: [fire, fire]", 11, "scenes[0].class", "A word stands there twice."),
        ("zh: 一", "zh: '{unit}'", 9, "scenes[0].zh", "{unit} belongs to scenes with for_each"),
        ("    en: One", "    en: One\n    en: Two", 11, "scenes[0].en", "It stands there twice."),
        (CLOCK, f"{CLOCK}\n{MAP}", 13, "scenes[0].panels", "There are two maps."),
        (CLOCK, CLOCK.replace("right", "centre"), 13, "scenes[0].panels", "The map shares its place."),
    ],
)
def test_a_mistake_says_line_field_cause_and_remedy(before: str, after: str, line: int, field: str, said: str) -> None:
    assert SMALL.count(before) == 1
    error = refused(SMALL.replace(before, after))
    assert (error.line, error.field) == (line, field)
    assert str(error).startswith(f"mine.yaml, line {line}, {field}: ")
    assert said in str(error)
    assert error.remedy


@pytest.mark.parametrize("text", ["", "- one\n", "a: [\n", "key: value\n", "scenes: 5\n", "a: \x07\n"])
def test_what_is_no_file_of_scenes_is_refused(text: str) -> None:
    assert refused(text).line >= 1


def test_a_key_stands_for_one_scene() -> None:
    scene = SMALL[SMALL.index("  - key: one") :]
    assert "The key 'one' stands there twice." in str(refused(SMALL + scene))


def test_a_file_that_is_not_there_says_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(ScenesInvalid, match=r"cannot be read \(FileNotFoundError\). Restore it"):
        read_wall(tmp_path / "scenes.yaml")


LEVELS = tuple(
    Level(**{field.name: {"key": key, "rank": rank}.get(field.name, 0) for field in fields(Level)})
    for rank, key in enumerate(("city", "town", "village", "group"))
)


def unit(code: str, level: str, rank: int, name: str = "北镇", name_en: str = "North") -> Unit:
    held = {"code": code, "level": level, "rank": rank, "name": name, "name_en": name_en}
    return Unit(**{field.name: held.get(field.name, 0) for field in fields(Unit) if field.name != "zone"})


@pytest.mark.parametrize(
    ("word", "rank", "level"),
    [
        ("finest", 0, "group"), ("finest", 2, "group"), ("finest", 3, None), ("below-1", 0, "town"),
        ("below-1", 1, "village"), ("below-2", 1, "group"), ("below-6", 0, "group"), ("village", 0, "village"),
        ("village", 2, None), ("county", 0, None),
    ],
)  # fmt: skip
def test_words_for_levels_fit_cities_of_any_depth(word: str, rank: int, level: str | None) -> None:
    assert level_of(word, rank, LEVELS) == level


def test_a_scene_for_each_unit_becomes_one_for_each() -> None:
    each = SMALL.replace("key: one", "key: area\n    for_each: below-1").replace("zh: 一", "zh: '{unit}实况'")
    scenes = parse_wall(each.replace("en: One", "en: 'Live: {unit}'"), "mine.yaml").scenes
    towns = (unit("4401", "town", 1), unit("4402", "town", 1, "南镇", ""))
    shown = cast(scenes, unit("44", "city", 0), {"town": towns}, LEVELS)
    assert [scene.key for scene in shown] == ["area-4401", "area-4402"]
    assert [(scene.title.zh, scene.title.en) for scene in shown] == [
        ("北镇实况", "Live: North"),
        ("南镇实况", "Live: 南镇"),
    ]
    assert [scene.unit.code for scene in shown] == ["4401", "4402"]
    assert {panel.level for scene in shown for panel in scene.panels if panel.kind is PanelKind.MAP} == {"group"}


def test_the_smallest_area_has_no_map_and_no_parts() -> None:
    shown = cast(read_wall().scenes, unit("440101", "group", 3), {}, LEVELS)
    assert "overview" in [scene.key for scene in shown]
    assert not [scene.key for scene in shown if scene.key.startswith("area")]
    assert all(panel.kind is not PanelKind.MAP for scene in shown for panel in scene.panels)


def test_urgent_is_what_runs_around_the_clock() -> None:
    hours, urgent = ({"limit": 4, "unit": "work_hour"}, {"limit": 2, "unit": "urgent_hour"})
    assert urgent_from([{"when": "default", **urgent}]) == 1
    assert urgent_from([{"when": "default", **hours}, {"when": "major", **urgent}]) == 3
    assert urgent_from([{"when": "default", **hours}]) is None
    assert urgent_from([]) is None


def written(path: Path, text: str, at: int) -> None:
    path.write_text(text, "utf-8")
    os.utime(path, (at, at))


def test_a_city_s_own_file_goes_first_and_is_read_again(tmp_path: Path) -> None:
    own = tmp_path / "scenes.yaml"
    book = SceneBook(own)
    assert book.edition().wall == read_wall()
    written(own, SMALL, 1_000)
    first = book.edition()
    assert [scene.key for scene in first.wall.scenes] == ["one"]
    written(own, SMALL.replace("key: one", "key: two"), 2_000)
    second = book.edition()
    assert [scene.key for scene in second.wall.scenes] == ["two"]
    assert first.version != second.version
    own.unlink()
    assert book.edition().wall == read_wall()


def test_a_file_with_a_mistake_leaves_the_scenes_that_hold(tmp_path: Path) -> None:
    own = tmp_path / "scenes.yaml"
    written(own, SMALL, 1_000)
    book = SceneBook(own)
    before = book.edition()
    written(own, SMALL.replace("kind: clock", "kind: klock"), 2_000)
    after = book.edition()
    assert (after.wall, after.version) == (before.wall, before.version)
    assert after.problem is not None
    assert "line 15, scenes[0].panels[2].kind: 'klock' is unknown" in after.problem
    written(own, SMALL, 3_000)
    assert book.edition().problem is None


def test_a_start_with_a_mistake_is_refused(tmp_path: Path) -> None:
    own = tmp_path / "scenes.yaml"
    written(own, SMALL.replace("dwell_s: 20", "dwell_s: soon"), 1_000)
    with pytest.raises(ScenesInvalid, match="line 1, dwell_s: 'soon' is no number"):
        SceneBook(own)


def test_fields_that_the_head_of_the_file_names_are_the_ones_that_are_read() -> None:
    head = "".join(line for line in FILE.read_text("utf-8").splitlines(keepends=True) if line.startswith("#"))
    used = {
        name for scene in yaml.safe_load(FILE.read_text("utf-8"))["scenes"] for one in scene["panels"] for name in one
    }
    assert {name for name in used if name not in head} == set()
