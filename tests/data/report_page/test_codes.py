"""Are codes made once for each ground, printed, revoked, and are the choices of the page those of the catalog?"""

import argparse
import json
import re
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import psycopg
import pytest
import yaml

from dashboard.cli import codes
from dashboard.cli.context import Context
from dashboard.pages.report.sheet import code_svg, sheet_html
from data.engine import libpq_url
from data.report_page.choices import choices_of, read_choices
from data.report_page.codes import LENGTH, LETTERS, CodeState, ReportCode
from data.report_page.errors import ChoicesInvalid, CodesRefused
from data.report_page.receipt import receipt_of
from data.settings import Settings
from tests.data.reads import grid_world
from tests.data.reads.grid_world import CODES, IDS

NOW = datetime(2026, 3, 2, 8, tzinfo=UTC)
CATALOG = Path(__file__).parents[3] / "data" / "catalog" / "classes.yaml"


def code(**fields: object) -> ReportCode:
    base = {"code": "23456789ab", "unit_id": 1, "place_id": None, "name": "红草 <b>", "name_en": "", "lon": 115.0}
    base |= {"lat": 22.0, "made_at": NOW, "valid_until": None, "revoked_at": None}
    return ReportCode(**(base | fields))


class Terminal:
    """Runs `codes` and reads its reports."""

    def __init__(self, url: str, folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
        self._context = Context(Settings(folder / "data", database_url=url), as_json=True)
        self._capsys = capsys
        self._parser = argparse.ArgumentParser()
        codes.add(self._parser.add_subparsers())

    def run(self, *words: str) -> Any:
        arguments = self._parser.parse_args(["codes", *words, "--json"])
        assert arguments.run(arguments, self._context) == 0
        return json.loads(self._capsys.readouterr().out)


@pytest.fixture
def terminal(
    database_url: str, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> Terminal:
    grid_world.build(database_url, count=4)
    monkeypatch.chdir(tmp_path)
    return Terminal(database_url, tmp_path, capsys)


def test_each_grid_gets_one_code_and_keeps_it(terminal: Terminal, database_url: str, tmp_path: Path) -> None:
    made = terminal.run("make", "--unit", CODES["a"], "--site", "https://a.example/", "--out", "a.html")
    assert (made["codes"], made["new"]) == (1, 1)
    made = terminal.run("make", "--all", "--out", "all.html", "--days", "30")
    grids = [letter for letter in IDS if grid_world.LEVEL[letter] == "grid" and letter != "z"]
    assert made["new"] == made["codes"] - 1
    assert made["codes"] >= len(grids)
    again = terminal.run("make", "--all", "--unit", CODES["A"], "--out", "town.html")
    assert (again["codes"], again["new"]) == (2, 0)
    listed = terminal.run("list")
    assert len({one["code"] for one in listed}) == made["codes"]
    assert all(len(one["code"]) == LENGTH and set(one["code"]) <= set(LETTERS) for one in listed)
    [first] = [one for one in listed if one["unit_id"] == IDS["a"]]
    assert (first["valid_until"], first["state"], first["name"].split(" · ")[0]) == (None, "valid", "城区")
    assert f"https://a.example/report/{first['code']}" in (tmp_path / "a.html").read_text("utf-8")
    revoked = terminal.run("revoke", first["code"])
    assert revoked == {"revoked": 1}
    anew = terminal.run("make", "--unit", CODES["a"], "--out", "b.svg")
    assert anew["new"] == 1
    assert (tmp_path / "b.svg").read_text("utf-8").startswith('<svg xmlns="http://www.w3.org/2000/svg"')
    with psycopg.connect(libpq_url(database_url)) as connection:
        acts = connection.execute("SELECT action FROM audit_entry WHERE object_kind = 'report_codes' ORDER BY id")
        assert [row[0] for row in acts] == ["report_codes_made"] * 3 + ["report_codes_revoked", "report_codes_made"]


def test_a_place_gets_a_code(terminal: Terminal, database_url: str) -> None:
    with psycopg.connect(libpq_url(database_url)) as connection:
        row = connection.execute(
            "INSERT INTO place (kind, code, name, cell_id, geom, geom_3857)"
            " SELECT 'sentry_post', 'P1', '东门', cell.id, label_point, ST_Transform(label_point, 3857)"
            " FROM cell JOIN unit ON unit.id = cell.grid_id ORDER BY cell.id LIMIT 1 RETURNING id"
        ).fetchone()
    made = terminal.run("make", "--place", str(row[0]), "--out", "p.html")
    assert made["new"] == 1
    assert terminal.run("make", "--place", str(row[0]), "--out", "p.html")["new"] == 0


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--unit", "9999"], "No current unit has the code 9999"),
        (["--unit", CODES["A"]], "codes make --all --unit"),
        (["--place", "99"], "There is no place 99"),
        ([], "Say for what"),
        (["--all", "--place", "1"], "Say for what"),
        (["--all", "--site", "ftp://x"], "is no address"),
        (["--all", "--days", "0"], "no lifetime"),
        (["--all", "--out", "codes.svg"], "ends in none of"),
        (["--all", "--out", "absent/codes.html"], "does not exist"),
    ],
)
def test_what_cannot_be_made_is_refused_before_anything_is(
    terminal: Terminal, database_url: str, words: list[str], said: str
) -> None:
    out = [] if "--out" in words else ["--out", "codes.html"]
    with pytest.raises(CodesRefused, match=re.escape(said)):
        terminal.run("make", *words, *out)
    with pytest.raises(CodesRefused, match="There is no code aaaaaaaaaa"):
        terminal.run("revoke", "aaaaaaaaaa")
    with psycopg.connect(libpq_url(database_url)) as connection:
        assert connection.execute("SELECT count(*) FROM report_code").fetchone() == (0,)


def test_the_sheet_needs_nothing_from_elsewhere_and_says_it_in_both_languages() -> None:
    page = sheet_html([code(), code(code="cdefghjkmn", name_en="Hongcao")], "https://a.example")
    assert page.count("<svg") == 2
    assert "红草 &lt;b&gt;" in page
    assert "小区事·码上议" in page
    assert "Report it here" in page
    assert not re.search(r"<(?:script|link|img|iframe)|url\(|@import", page)
    assert "https://a.example/report/cdefghjkmn" in page


def test_a_code_leads_to_its_own_address() -> None:
    """Two addresses make two drawings, of the version and the correction that are asked for."""
    one, same, other = (
        code_svg(code(code=text), "https://a.example") for text in ("23456789ab",) * 2 + ("23456789ac",)
    )
    assert one == same != other


def test_a_code_counts_until_it_ends() -> None:
    assert code().state(NOW) is CodeState.VALID
    until = code(valid_until=NOW + timedelta(days=1))
    assert until.state(NOW) is CodeState.VALID
    assert until.state(NOW + timedelta(days=1)) is CodeState.EXPIRED
    assert code(revoked_at=NOW).state(NOW) is CodeState.REVOKED


def test_a_receipt_follows_from_its_form_and_from_nothing_else() -> None:
    receipts = {receipt_of(f"{number:032d}") for number in range(2_000)}
    assert len(receipts) == 2_000
    assert receipt_of("a" * 32) == receipt_of("a" * 32)
    assert all(re.fullmatch(f"[{LETTERS}]{{12}}", receipt) for receipt in receipts)


def test_every_choice_is_a_class_of_the_catalog() -> None:
    classes = {row["code"] for row in yaml.safe_load(CATALOG.read_text("utf-8"))["classes"]}
    assert len(read_choices()) >= 10
    assert [one.class_code for one in read_choices() if one.class_code not in classes] == []
    assert choices_of(classes) == read_choices()
    assert [one.class_code for one in choices_of({"X-2", "X-1"})] == ["X-1", "X-2"]


def test_a_wrong_list_of_choices_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "choices.yaml"
    for text in ("", "choices: []", "choices: [{class: a, zh: b}]", "choices: [{class: a, zh: b, en: ''}]"):
        file.write_text(text)
        read_choices.cache_clear()
        with pytest.raises(ChoicesInvalid):
            read_choices(file)
