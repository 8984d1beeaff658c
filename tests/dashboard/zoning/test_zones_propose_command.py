"""Does the command line propose zones for units of the database, and write a plan that its own check passes?"""

import json
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import geopandas
import pytest

import app
from dashboard.cli import zones_propose
from geo.zoning.stable_plan import propose_stable
from tests.data.reads.grid_world import CODES, LAST_DAY, Row
from tests.support import zone_world
from tests.support.databases import cloned_database

LETTERS = "abcdefg"
ASKED = ["zones", "propose", "--within", "44", "--base", "grid", "--seconds", "0.05", "--json"]


@pytest.fixture(scope="module")
def world(server_url: str, template_name: str) -> Iterator[tuple[str, list[Row]]]:
    with cloned_database(server_url, template_name) as url:
        yield url, zone_world.build(url)


@pytest.fixture
def run(
    world: tuple[str, list[Row]], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
):
    monkeypatch.setenv("DATABASE_URL", world[0])
    monkeypatch.setenv("MINQING_DATA_DIR", str(tmp_path / "data"))

    def go(*words: str) -> tuple[int, dict[str, Any]]:
        code = app.main([*words])
        out = capsys.readouterr().out.strip().splitlines()
        return code, json.loads(out[-1]) if out else {}

    return go


def test_zones_are_proposed_written_and_pass_the_check(run, world, tmp_path: Path) -> None:
    target = tmp_path / "plan.geojson"
    code, report = run(*ASKED, "--zones", "4", "--out", str(target))
    assert code == 0
    assert (report["zones"], report["units"], report["contiguous"], report["refused"]) == (4, 7, True, None)
    assert (report["within"], report["base"], report["until"]) == ("44", "grid", str(LAST_DAY + timedelta(days=1)))
    plan = geopandas.read_file(target)
    assert sorted(plan.code) == sorted(CODES[letter] for letter in LETTERS)
    assert plan.groupby("zone").fence.nunique().max() == 1, "no zone leaves its town"
    assert set(plan.parent) == {"4401", "4402", "4403"}
    first = LAST_DAY - timedelta(days=89)
    plain = [row for row in world[1] if first <= row.day <= LAST_DAY]
    expected = {CODES[a]: len(zone_world.seen_in(plain, a, sensitive=False)) for a in LETTERS}
    assert dict(zip(plan.code, plan.workload, strict=True)) == expected, "the program sees no sensitive class"
    code, checked = run("zones", "check", str(target), "--zones", "4", "--workload", "workload", "--json")
    assert (code, checked["faults"]) == (0, [])
    again = run(*ASKED, "--zones", "4")[1]
    assert again["sha256"] == report["sha256"], "same seed, same plan"


def test_the_most_stable_plan_is_proposed_for_units_of_the_database(run, monkeypatch) -> None:
    asked = []

    def watched(units, *given, **more):
        asked.append(units.count)
        return propose_stable(units, *given, **more)

    monkeypatch.setattr(zones_propose, "propose_stable", watched)
    code, report = run(*ASKED, "--zones", "3", "--stable")
    assert (code, report["zones"], report["contiguous"], asked) == (0, 3, True, [7])
    assert run(*ASKED, "--zones", "3", "--stable")[1]["sha256"] == report["sha256"], "same seed, same plan"
    code, refused = run(*ASKED, "--zones", "8", "--stable")
    assert (code, refused["refused"]["rule"]) == (1, "zones")


def test_a_link_joins_what_does_not_touch(run) -> None:
    fewest = ["--fence", "none", "--zones", "1"]
    cuts = [word for pair in ("ea", "eb", "ec", "ef") for word in ("--cut", f"{CODES[pair[0]]},{CODES[pair[1]]}")]
    code, report = run(*ASKED, *fewest, *cuts)
    assert (code, report["refused"]["rule"]) == (1, "connected")
    code, report = run(*ASKED, *fewest, *cuts, "--link", f"{CODES['g']},{CODES['a']}")
    assert (code, report["zones"]) == (0, 1)


@pytest.mark.parametrize(
    "words",
    [
        ["zones", "propose", "--zones", "3"],
        ["zones", "propose", "--zones", "3", "--base", "grid", "--units", "x.geojson", "--attributes", "a"],
        ["zones", "propose", "--zones", "3", "--base", "grid", "--attributes", "a"],
        ["zones", "propose", "--zones", "3", "--units", "x.geojson"],
        ["zones", "propose", "--zones", "3", "--base", "village"],
        ["zones", "propose", "--zones", "3", "--base", "grid", "--within", "99"],
        ["zones", "propose", "--zones", "3", "--base", "grid", "--weight", "classes=much"],
        ["zones", "propose", "--zones", "3", "--base", "grid", "--workload", "sweat"],
        ["zones", "propose", "--zones", "3", "--base", "grid", "--link", "4401001,nobody"],
    ],
)
def test_what_cannot_be_asked_is_not_done(run, words: list[str]) -> None:
    assert run(*words)[0] == 2
