"""Do the routes answer with the fields that clients rely on?"""

import csv
import io
from datetime import datetime
from typing import Any

import httpx
import numpy as np
import pytest

from dashboard.api.tables import csv_lines
from tests.dashboard.api.conftest import World
from tests.data.reads.grid_world import CODES, IDS

pytestmark = pytest.mark.anyio
MARCH = {"from": "2025-03-02", "to": "2025-03-31"}


async def get(client: httpx.AsyncClient, path: str, **params: str) -> Any:
    response = await client.get(path, params=params)
    assert response.status_code == 200, response.text
    assert response.headers["content-type"] == "application/json"
    return response.json()


async def test_units_walk_the_tree(client: httpx.AsyncClient) -> None:
    root = await get(client, "/api/v1/units", parent="")
    assert [item["code"] for item in root["items"]] == ["44"]
    towns = (await get(client, "/api/v1/units", parent="44"))["items"]
    assert [town["id"] for town in towns] == [IDS[letter] for letter in "ABC"]
    keys = {"id", "code", "name", "name_en", "level", "parent", "bbox", "label", "population", "households"}
    assert keys | {"area_km2", "children"} == set(towns[0])
    unit = await get(client, f"/api/v1/units/{CODES['b']}")
    assert [item["code"] for item in unit["breadcrumb"]] == ["44", "4401", "4401002"]
    assert unit["below"] == []
    hits = await get(client, "/api/v1/units/search", q="hcz")
    assert [item["code"] for item in hits["items"]] == [CODES["B"]]


async def test_levels_tell_the_city_and_its_ids(client: httpx.AsyncClient) -> None:
    body = await get(client, "/api/v1/levels")
    assert body["time_zone"] == "Asia/Shanghai"
    assert body["city"] == {"code": "44", "name": "海城市", "name_en": "Haicheng"}
    assert body["last_day"] == "2025-03-31"
    assert [(level["key"], level["first_id"], level["count"]) for level in body["items"]] == [
        ("city", 10_000_001, 1),
        ("town", 20_000_001, 3),
        ("grid", 30_000_001, 8),
    ]


async def test_classes_and_scenarios(client: httpx.AsyncClient) -> None:
    classes = await get(client, "/api/v1/classes")
    assert len(classes["items"]) == 5
    assert {"items", "groups", "sources", "departments"} == set(classes)
    scenarios = await get(client, "/api/v1/scenarios")
    assert [item["key"] for item in scenarios["items"]] == ["flood", "roads"]


@pytest.mark.parametrize("by", ["child", "class", "day", "status", "department"])
@pytest.mark.parametrize("unit", ["", CODES["B"], CODES["e"]])
async def test_summary_adds_up(world: World, client: httpx.AsyncClient, unit: str, by: str) -> None:
    body = await get(client, "/api/v1/summary", unit=unit, by=by, **MARCH)
    items = body["items"]
    assert body["total"] == sum(item["n"] for item in items) + body["unassigned"] + body["not_permitted"]
    assert (body["from"], body["to"], body["unit"]) == ("2025-03-02", "2025-03-31", unit or "44")
    assert datetime.fromisoformat(str(body["as_of"])).tzinfo is not None
    assert body["boundary_revision"] == 2
    figures = body["figures"]
    assert list(figures) == ["reported", "open", "overdue", "closed", "on_time_share"]
    assert figures["reported"]["value"] == body["total"] > 0
    assert figures["reported"]["formula"] == "formula.reported"
    assert {key for figure in figures.values() for key in figure} == {"formula", "value", "share"}


async def test_only_one_route_compares_with_the_period_before_and_has_the_figures_of_the_summary(
    client: httpx.AsyncClient,
) -> None:
    summary = await get(client, "/api/v1/summary", **MARCH)
    before = await get(client, "/api/v1/summary/before", **MARCH)
    assert (before["previous_from"], before["previous_to"]) == ("2025-01-31", "2025-03-01")
    assert before["previous_as_of"] < before["as_of"]
    assert not {"previous_from", "previous_to"} & set(summary)
    values = {key: figure["value"] for key, figure in summary["figures"].items()}
    assert {key: figure["value"] for key, figure in before["figures"].items()} == values
    for figure in before["figures"].values():
        assert figure["change"] == figure["value"] - figure["previous"]


async def test_choropleth_has_a_value_per_place(client: httpx.AsyncClient) -> None:
    body = await get(client, "/api/v1/choropleth", level="grid", metric="per_1000", **MARCH)
    assert {"level", "metric", "as_of", "boundary_revision", "first_id", "values", "suppressed"} <= set(body)
    values = body["values"]
    assert (body["first_id"], len(values)) == (30_000_001, 8)
    assert [value is None for value in values] == [False] * 6 + [True, True]
    assert body["suppressed"] == body["filtered_out"] == []
    counts = await get(client, "/api/v1/choropleth", level="grid", metric="reported", **MARCH)
    assert all(isinstance(value, int) for value in counts["values"] if value is not None)
    within = await get(client, "/api/v1/choropleth", level="grid", unit=CODES["B"], **MARCH)
    assert within["filtered_out"] == [[30_000_001, 30_000_002], [30_000_005, 30_000_007]]


async def test_binary_choropleth_says_the_same(client: httpx.AsyncClient) -> None:
    params = {"level": "grid", "metric": "per_km2", "unit": CODES["B"], **MARCH}
    plain = (await get(client, "/api/v1/choropleth", **params))["values"]
    by_path = await client.get("/api/v1/choropleth.bin", params=params)
    by_header = await client.get("/api/v1/choropleth", params=params, headers={"Accept": "application/octet-stream"})
    assert by_path.content == by_header.content
    values = np.frombuffer(by_path.content, "<f4")
    assert np.isneginf(values).tolist() == [True, True, False, False, True, True, True, False]
    assert np.isnan(values[7])
    assert values[2:4].tolist() == pytest.approx(plain[2:4])
    assert by_path.headers["x-first-id"] == "30000001"
    assert by_path.headers["x-boundary-revision"] == "2"
    assert datetime.fromisoformat(by_path.headers["x-as-of"]).tzinfo is not None


async def test_incidents_page_by_cursor(world: World, client: httpx.AsyncClient) -> None:
    ids: list[int] = []
    cursor: object = ""
    while cursor is not None:
        body = await get(client, "/api/v1/incidents", unit=CODES["A"], limit="40", cursor=str(cursor), **MARCH)
        ids += [item["id"] for item in body["items"]]
        cursor = body["next"]
    wanted = {row.id for row in world.rows if row.town == "A" and "2025-03-02" <= row.day.isoformat() <= "2025-03-31"}
    assert len(ids) == len(set(ids))
    assert set(ids) == wanted
    one = await get(client, f"/api/v1/incidents/{ids[0]}")
    assert one["id"] == ids[0]
    assert [unit["code"] for unit in one["located"]][:2] == ["44", "4401"]
    assert one["stated"] == {"code": CODES["a"], "name": "a网格", "level": "grid"}


async def test_csv_export_has_every_incident_and_no_formula(world: World, client: httpx.AsyncClient) -> None:
    response = await client.get("/api/v1/export/incidents.csv", params={"class": "flood", **MARCH})
    assert response.headers["content-type"] == "text/csv; charset=utf-8"
    assert 'filename="incidents_44_2025-03-02_2025-03-31.csv"' in response.headers["content-disposition"]
    assert response.content.startswith(b"\xef\xbb\xbf")
    records = list(csv.DictReader(io.StringIO(response.content.decode("utf-8-sig"))))
    listed = await get(client, "/api/v1/incidents", limit="500", **{"class": "flood"}, **MARCH)
    assert [int(record["id"]) for record in records] == [item["id"] for item in listed["items"]]
    assert records


def test_texts_that_a_spreadsheet_would_run_are_defused() -> None:
    cells = ["=1+1", "+1", "-1", "@A1", "\tx", "＝1", "ok", -1.5, None]
    row = next(csv.reader(io.StringIO(csv_lines([cells]).decode())))
    assert row == ["'=1+1", "'+1", "'-1", "'@A1", "'\tx", "'＝1", "ok", "-1.5", ""]


async def test_geojson_exports(world: World, client: httpx.AsyncClient) -> None:
    incidents = await get_geojson(client, "/api/v1/export/incidents.geojson", unit=CODES["A"], **MARCH)
    total = (await get(client, "/api/v1/summary", unit=CODES["A"], **MARCH))["total"]
    assert len(incidents) == total
    units = await get_geojson(client, "/api/v1/export/units.geojson", level="grid", unit=CODES["C"], **MARCH)
    assert [unit["properties"]["code"] for unit in units] == [CODES[letter] for letter in "efg"]
    values = (await get(client, "/api/v1/choropleth", level="grid", **MARCH))["values"]
    assert [unit["properties"]["reported"] for unit in units] == values[4:7]
    assert units[0]["geometry"]["type"] == "MultiPolygon"
    table = await client.get("/api/v1/export/units.csv", params={"level": "town", "metric": "open", **MARCH})
    records = list(csv.DictReader(io.StringIO(table.content.decode("utf-8-sig"))))
    assert [record["code"] for record in records] == [CODES[letter] for letter in "ABC"]
    assert all(float(record["open"]) > 0 for record in records)


async def get_geojson(client: httpx.AsyncClient, path: str, **params: str) -> list[dict[str, dict[str, object]]]:
    response = await client.get(path, params=params)
    assert response.status_code == 200
    assert response.headers["content-type"] == "application/geo+json"
    body = response.json()
    assert body["type"] == "FeatureCollection"
    assert body["about"]["boundary_revision"] == 2
    features: list[dict[str, dict[str, object]]] = body["features"]
    return features


async def test_large_answers_are_compressed(client: httpx.AsyncClient) -> None:
    packed = await client.get("/api/v1/incidents", params=MARCH)
    assert packed.headers["content-encoding"] == "gzip"
    plain = await client.get("/api/v1/incidents", params=MARCH, headers={"Accept-Encoding": "identity"})
    assert "content-encoding" not in plain.headers
    assert packed.json()["items"] == plain.json()["items"]
