"""Are plans listed, taken in, checked and sent out by the command line, with exit codes and reports to build on?"""

import csv
import json
import zipfile

import psycopg
import pytest

import app
from data.engine import libpq_url
from tests.support.grid_world import build_world
from tests.support.plan_world import drawn_city

DRAWING = "AABB AABB ccdd ccdd"


@pytest.fixture
def run(database_url, monkeypatch, tmp_path, capsys):
    """Runs `zones …` on a drawn city and gives exit code and what was said."""
    with psycopg.connect(libpq_url(database_url)) as connection:
        build_world(connection, DRAWING)
    monkeypatch.setenv("DATABASE_URL", database_url)
    monkeypatch.setenv("MINQING_DATA_DIR", str(tmp_path / "data"))

    def act(*words):
        code = app.main(["zones", *map(str, words)])
        return code, capsys.readouterr()

    return act


def plan_file(path, change=()):
    rows = {f"{r},{c}": f"{'北南'[r // 2]}{'西东'[c // 2]}" for r in range(4) for c in range(4)} | dict(change)
    with path.open("w", newline="", encoding="utf-8") as file:
        csv.writer(file).writerows([("编码", "片区"), *rows.items()])
    return path


def test_in_and_out_again(run, tmp_path):
    code, said = run("list")
    assert (code, said.out.strip()) == (0, "There are no plans. Make one: zones import, or on /zones.")
    code, said = run("import", plan_file(tmp_path / "春季.csv"), "--within", "X", "--base", "small", "--json")
    made = json.loads(said.out)
    assert (code, made["zones"], made["unassigned"], made["faults"]) == (0, 4, 0, [])
    code, said = run("list", "--json")
    (item,) = json.loads(said.out)["items"]
    assert (item["id"], item["name"], item["state"], item["zones"]) == (made["plan"], "春季", "draft", 4)
    for ending in ("gpkg", "shp.zip", "geojson", "xlsx", "csv"):
        out = tmp_path / f"plan.{ending}"
        code, said = run("export", "春季", "--out", out, "--json")
        assert (code, json.loads(said.out)["sha256"]) == (0, made["sha256"])
        of = ["--plan", made["plan"]] if ending in ("xlsx", "csv") else []
        code, said = run("check", out, *of)
        assert (code, said.out.splitlines()[0]) == (0, "4 zones, no fault")
        code, said = run("import", out, "--plan", made["plan"], "--name", ending, "--json")
        assert (code, json.loads(said.out)["sha256"]) == (0, made["sha256"])
    code, said = run("export", made["plan"], "--out", tmp_path / "report.html", "--lang", "en")
    assert code == 0
    assert made["sha256"] in (tmp_path / "report.html").read_text("utf-8")
    code, said = run("export", made["plan"], "--out", tmp_path / "pack.zip")
    with zipfile.ZipFile(tmp_path / "pack.zip") as archive:
        assert {"report_zh.html", "plan.gpkg", "SHA256SUMS"} <= set(archive.namelist())


def test_what_is_wrong_is_named_and_ends_with_1(run, tmp_path):
    path = plan_file(tmp_path / "plan.csv", {"0,0": "南东"})
    for words in (("import", path), ("check", path)):
        code, said = run(*words, "--within", "X", "--base", "small")
        assert code == 1
        assert "row 2, 片区: zone '南东' crosses the fence: 0,0 lies apart." in said.out
    code, said = run("check", path, "--within", "X", "--base", "small", "--json")
    (fault,) = json.loads(said.out)["faults"]
    assert (fault["row"], fault["field"], fault["units"]) == (2, "片区", ["0,0"])
    assert run("list", "--json")[1].out.strip() == '{"items": []}'


def test_nothing_is_told_of_sensitive_classes(server_url, template_name, monkeypatch, tmp_path, capsys):
    with drawn_city(server_url, template_name) as city:
        with psycopg.connect(libpq_url(city.url)) as connection:
            connection.execute("UPDATE incident_class SET sensitive = true WHERE code = 'c'")
            count = "SELECT count(*) FROM incident JOIN incident_class c ON c.id = class_id WHERE NOT c.sensitive"
            (plain,) = connection.execute(count).fetchone()
        assert 0 < plain < 600
        monkeypatch.setenv("DATABASE_URL", city.url)
        monkeypatch.setenv("MINQING_DATA_DIR", str(tmp_path / "data"))
        path = tmp_path / "whole.csv"
        with path.open("w", newline="", encoding="utf-8") as file:
            rows = [(f"{r},{c}", f"{r // 3}") for r in range(6) for c in range(6)]
            csv.writer(file).writerows([("编码", "片区"), *rows])
        assert app.main(["zones", "import", str(path), "--base", "small"]) == 0, capsys.readouterr()
        assert app.main(["zones", "export", "whole", "--out", str(tmp_path / "out.csv")]) == 0
        with (tmp_path / "out.csv").open(encoding="utf-8-sig") as file:
            assert sum(float(row["workload"]) for row in csv.DictReader(file)) == plain


def test_what_cannot_be_done_ends_with_2(run, tmp_path):
    path = plan_file(tmp_path / "plan.csv")
    for words, said in (
        (("import", path), "--base LEVEL"),
        (("check", path), "--within CODE --base LEVEL"),
        (("import", path, "--base", "small", "--within", "nowhere"), "nowhere"),
        (("import", path, "--base", "small", "--zone-field", "队"), "no such column"),
        (("import", tmp_path / "none.csv", "--base", "small"), "no such file"),
        (("export", "7", "--out", tmp_path / "a.csv"), "no plan 7"),
        (("export", "春季", "--out", tmp_path / "a.csv"), "no plan called"),
        (("export", "7", "--out", tmp_path / "a.dwg"), "no plan is written so"),
        (("export", "7", "--out", tmp_path / "none" / "a.csv"), "no such folder"),
    ):
        code, told = run(*words)
        assert code == 2, words
        assert said in told.err, (words, told.err)
