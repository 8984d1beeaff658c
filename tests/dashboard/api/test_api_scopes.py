"""What does each scope get over HTTP? Exactly its own incidents, counted one by one, and nothing of others."""

import re
from collections import Counter
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest

from data.accounts.account import Account
from tests.dashboard.api.conftest import World, client_of
from tests.data.reads.grid_world import CLASSES, CODES, IDS, LAST_DAY, LEVEL, PARENT, Row, measures
from tests.data.security.scoped import above, sees, subtree
from tests.support.acting import OPERATOR, of_area, of_department

pytestmark = pytest.mark.anyio
PERIOD = {"from": "2025-02-01", "to": LAST_DAY.isoformat()}
SCOPES = [(area, department) for area in ("A", "B", "C", "b", "e", "X") for department in (None, 1)]
BREAKDOWNS = ("child", "class", "day", "status", "department")


def _account(area: str, department: int | None) -> Account:
    unit = None if area == "X" else IDS[area]
    if department is not None:
        return of_department(department, unit)
    return OPERATOR if unit is None else of_area(unit)


@pytest.fixture(scope="module", params=SCOPES, ids=lambda pair: f"{pair[0]}-{pair[1] or 'all'}")
async def asked(world: World, request: pytest.FixtureRequest, anyio_backend: str) -> AsyncIterator["Asked"]:
    area, department = request.param
    async for client in client_of(world.url, _account(area, department)):
        yield Asked(client, area, department, [row for row in world.rows if sees(row, area, department)])


class Asked:
    """A client in the name of a scope, and the incidents that it may see."""

    def __init__(self, client: httpx.AsyncClient, area: str, department: int | None, rows: list[Row]) -> None:
        self.client, self.area, self.department = client, area, department
        self.rows = [row for row in rows if PERIOD["from"] <= row.day.isoformat() <= PERIOD["to"]]

    @property
    def readable(self) -> set[str]:
        """Letters of the units that exist for the scope; ended ones are in no list."""
        everything = set(IDS) if self.area == "X" else subtree(self.area) | above(self.area)
        return everything - {"z"}

    async def get(self, path: str, **query: str) -> dict[str, Any]:
        answer = await self.client.get(f"/api/v1/{path}", params=PERIOD | query)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def inside(self, letter: str) -> list[Row]:
        """Own incidents that lie in a unit; all of them for the whole city."""
        return [row for row in self.rows if row.lies_in(letter)]


@pytest.mark.parametrize("by", BREAKDOWNS)
async def test_summaries_count_the_own_incidents(asked: Asked, by: str) -> None:
    for letter in sorted(asked.readable):
        body = await asked.get("summary", unit=CODES[letter], level=LEVEL[letter], by=by)
        rows = asked.inside(letter)
        assert body["total"] == len(rows)
        assert body["total"] == sum(item["n"] for item in body["items"]) + body["unassigned"]
        drawn = measures(rows)
        values = {key: figure["value"] for key, figure in body["figures"].items()}
        assert (values["reported"], values["open"], values["overdue"], values["closed"]) == (
            drawn.n, drawn.n_open, drawn.n_overdue, drawn.n_closed,
        )  # fmt: skip
        assert {item["code"]: item["n"] for item in body["items"] if item["n"]} == _items(asked, letter, by, rows)
        is_part = asked.department is not None or letter in above(asked.area)
        assert body["not_permitted"] is is_part


def _items(asked: Asked, letter: str, by: str, rows: list[Row]) -> dict[str, int]:
    from geo.status import CaseStatus

    if by == "day":
        return dict(Counter(row.day.isoformat() for row in rows))
    if by == "class":
        return dict(Counter(CLASSES[row.class_id - 1][0] for row in rows))
    if by == "status":
        return dict(Counter(CaseStatus(row.status).key for row in rows))
    if by == "department":
        return dict(Counter(("water", "fire")[row.department_id - 1] for row in rows if row.department_id))
    if LEVEL[letter] == "grid":
        return {CODES[letter]: len(rows)} if rows else {}
    below = "town" if letter == "X" else "grid"
    found = Counter(getattr(row, below) for row in rows if getattr(row, below) in asked.readable)
    return {CODES[child]: n for child, n in found.items()}


@pytest.mark.parametrize("by", ["child", "class", "day"])
async def test_summaries_of_a_class_count_the_own_incidents(asked: Asked, by: str) -> None:
    for letter in sorted(asked.readable):
        body = await asked.get("summary", unit=CODES[letter], level=LEVEL[letter], by=by, **{"class": "U-E-1-01"})
        rows = [row for row in asked.inside(letter) if row.class_id == 1]
        assert body["total"] == len(rows)
        assert {item["code"]: item["n"] for item in body["items"] if item["n"]} == _items(asked, letter, by, rows)


@pytest.mark.parametrize("filters", [{}, {"class": "U-E-1-01"}])
@pytest.mark.parametrize("level", ["city", "town", "grid"])
async def test_choropleths_colour_the_own_units(asked: Asked, level: str, filters: dict[str, str]) -> None:
    body = await asked.get("choropleth", level=level, metric="reported", **filters)
    values = {body["first_id"] + place: value for place, value in enumerate(body["values"]) if value is not None}
    own = (asked.readable & subtree(asked.area)) if asked.area != "X" else asked.readable
    rows = [row for row in asked.rows if not filters or row.class_id == 1]
    drawn = {
        IDS[letter]: sum(getattr(row, level) == letter for row in rows) for letter in own if LEVEL[letter] == level
    }
    if level != "city":
        assert values == drawn
    hidden = {unit for first, last in body["not_permitted"] for unit in range(first, last + 1)}
    assert hidden.isdisjoint(values)
    assert bool(hidden) == any(LEVEL[letter] == level and IDS[letter] < body["first_id"] + len(body["values"])
                               for letter in set(IDS) - own - {"z"})  # fmt: skip


async def test_lists_exports_and_details_hold_the_own_incidents(asked: Asked, world: World) -> None:
    body = await asked.get("incidents", limit="500")
    own = {row.id for row in asked.rows}
    assert len(own) > 5
    listed = {item["id"] for item in body["items"]}
    assert listed == own if body["next"] is None else listed < own
    export = await asked.client.get("/api/v1/export/incidents.geojson", params=PERIOD)
    assert {feature["id"] for feature in export.json()["features"]} == own
    others = [row.id for row in world.rows if not sees(row, asked.area, asked.department)][:3]
    for incident in [*sorted(own)[:3], *others]:
        detail = await asked.client.get(f"/api/v1/incidents/{incident}")
        assert detail.status_code == (200 if incident in own else 404)
        if incident in own:
            codes = {unit["code"] for unit in detail.json()["located"]}
            assert codes <= {CODES[letter] for letter in asked.readable}
    by_id = await asked.get("incidents", ids=",".join(map(str, [*sorted(own)[:3], *others])))
    assert {item["id"] for item in by_id["items"]} == set(sorted(own)[:3])


async def test_units_of_others_do_not_exist(asked: Asked) -> None:
    unknown = await asked.client.get("/api/v1/units/4499999")
    assert unknown.status_code == 404
    for letter in sorted(set(IDS) - {"z"}):
        answer = await asked.client.get(f"/api/v1/units/{CODES[letter]}")
        summary = await asked.client.get("/api/v1/summary", params={"unit": CODES[letter]})
        children = await asked.client.get("/api/v1/units", params={"parent": CODES[letter]})
        if letter not in asked.readable:
            for found in (answer, summary, children):
                assert found.status_code == 404
                assert found.text.replace(CODES[letter], "4499999") == unknown.text
            continue
        below = {CODES[child] for child, parent in PARENT.items() if parent == letter and child in asked.readable}
        assert {unit["code"] for unit in children.json()["items"]} == below
        assert answer.json()["children"] == len(below)
        around = answer.json()
        shown = {unit["code"] for key in ("breadcrumb", "below", "siblings") for unit in around[key]}
        assert shown <= {CODES[other] for other in asked.readable}


async def test_searches_and_files_of_units_show_the_own_area(asked: Asked) -> None:
    allowed = {CODES[letter] for letter in asked.readable}
    found = await asked.get("units/search", q="44", limit="50")
    assert {unit["code"] for unit in found["items"]} == allowed
    for level in ("town", "grid"):
        export = await asked.client.get("/api/v1/export/units.csv", params=PERIOD | {"level": level})
        assert set(re.findall(r"\b44\d{2,5}\b", export.text)) <= allowed
