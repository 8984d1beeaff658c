"""What happens when every parameter that takes text is given a text that has broken programs before?

The parameters are enumerated from the OpenAPI description, the layers and the pages: a new one is tried by itself.
"""

import time
from collections import Counter
from urllib.parse import quote, urlencode

import psycopg
import pytest

from data.engine import libpq_url
from data.privacy.masking import masked_text
from tests.security.conftest import House
from tests.security.hostile_texts import ALL, MARKUP, PATTERNS, SQL

pytestmark = pytest.mark.anyio
PAGES = ("/map", "/account", "/admin", "/audit", "/login")
OF_PAGES = ("unit", "level", "metric", "from", "to", "class", "status", "q", "lang", "theme", "as_of", "next", "layers",
            "incident", "camera", "play", "units", "scenario", "x")  # fmt: skip
OF_TILES = ("rev", "from", "to", "class", "unit", "level", "kind", "bandwidth", "edge", "theme", "lang", "v")
TILES = (
    "/tiles/incidents/10/853/422.mvt", "/tiles/heat.json", "/tiles/hex.json", "/tiles/places.json",
    "/tiles/heat/10/853/422.png",
)  # fmt: skip
FILLED = {"{kind}": "csv", "{code}": "4401", "{id}": "1"}
SLOW_S = 8.0
SHARE = 6
INPUTS = 2_000
"""So many texts are tried in parameters of the interface, however many there are; each text several times."""

REPORT = {"class": "U-E-1-01", "lon": 120.005, "lat": 29.985, "source": "grid_worker"}
TRACES = ("psycopg", "SyntaxError", "Traceback", "syntax error at")


async def _tables(house: House) -> list[tuple]:
    async with await psycopg.AsyncConnection.connect(libpq_url(house.url)) as owner:
        rows = await owner.execute(
            "SELECT (SELECT count(*) FROM unit), (SELECT count(*) FROM incident), (SELECT count(*) FROM account)"
        )
        return await rows.fetchall()


def _text_parameters(house: House) -> list[tuple[str, str, str]]:
    """Path, name and place (query or path) of every parameter of every reading operation."""
    paths = house.app.openapi()["paths"].items()
    found = [(path, one) for path, operations in paths for one in operations.get("get", {}).get("parameters", [])]
    return [(path, one["name"], one["in"]) for path, one in found if one["in"] != "header"]


def _address(path: str, name: str, place: str, text: str) -> str:
    """The address of an operation with the text in one parameter."""
    if place == "path":
        path = path.replace("{" + name + "}", quote(text, safe=""))
    for parameter, value in FILLED.items():
        path = path.replace(parameter, value)
    asked = {"level": "grid"} if "choropleth" in path or "units.csv" in path else {}
    return f"{path}?{urlencode(asked | ({name: text} if place == 'query' else {}))}"


async def test_no_parameter_of_the_interface_breaks_it(house: House) -> None:
    before, statuses, slow, tried = await _tables(house), Counter(), [], Counter()
    parameters = _text_parameters(house)
    assert len(parameters) >= 60
    share = max(SHARE, len(parameters) * len(ALL) // INPUTS)
    async with house.client("admin") as client:
        for number, (path, name, place) in enumerate(parameters):
            # Each parameter gets a part of the texts, its neighbours the others: all together every text many times.
            for text in ALL[number % share :: share]:
                tried[text] += 1
                began_s = time.monotonic()
                answer = await client.get(_address(path, name, place, text))
                statuses[answer.status_code] += 1
                assert answer.status_code < 500, (path, name, text[:60], answer.text[:300])
                if time.monotonic() - began_s > SLOW_S:
                    slow.append((path, name, text[:40]))
                assert "text/html" not in answer.headers.get("content-type", "")
                assert not any(word in answer.text for word in TRACES)
    print(f"inputs tried: {sum(statuses.values()):,} texts in {len(parameters)} parameters, {dict(statuses)}")
    assert min(tried[text] for text in ALL) >= SHARE
    assert slow == []
    assert await _tables(house) == before


async def test_no_parameter_of_tiles_breaks_them(house: House) -> None:
    statuses: Counter[int] = Counter()
    async with house.client("admin") as client:
        for path in TILES:
            for number, name in enumerate(OF_TILES):
                for text in ALL[number % 8 :: 8]:
                    answer = await client.get(path, params={name: text})
                    statuses[answer.status_code] += 1
                    assert answer.status_code < 500, (path, name, text[:60], answer.text[:300])
    print(f"inputs tried: {sum(statuses.values()):,} texts in tiles, {dict(statuses)}")
    assert {200, 400} <= set(statuses)


async def test_no_parameter_of_a_page_becomes_markup_of_it(house: House) -> None:
    tried = 0
    for name in (None, "admin"):
        async with house.client(name) as client:
            for path in PAGES:
                for number, parameter in enumerate(OF_PAGES):
                    for text in (*MARKUP[number % 2 :: 2], *SQL[number % 9 :: 9]):
                        answer = await client.get(path, params={parameter: text}, headers={"accept": "text/html"})
                        tried += 1
                        assert answer.status_code < 500
                        assert "__hit" not in answer.text.replace("&#x27;", "'") or text not in answer.text, (
                            path,
                            parameter,
                        )
                        assert "<img src=x" not in answer.text
                        assert "<svg onload" not in answer.text
    print(f"inputs tried: {tried:,} texts in pages")


async def test_texts_that_people_typed_come_back_as_texts(house: House) -> None:
    """Names and reports with markup and SQL go through the database and come back letter for letter, as JSON."""
    texts = [text for text in (*MARKUP, *SQL) if masked_text(text) == text]
    async with house.client("operator") as client:
        for number, text in enumerate(texts):
            report = REPORT | {"text": text, "external_id": f"hostile {number}"}
            answer = await client.post("/api/v1/incidents", json=report)
            assert answer.status_code == 202, answer.text
            case = await client.get(f"/api/v1/incidents/{answer.json()['items'][0]['id']}")
            assert case.json()["text"] == text.strip()
            assert case.headers["content-type"] == "application/json"
            assert case.headers["x-content-type-options"] == "nosniff"
    print(f"inputs tried: {len(texts)} texts stored and read")


@pytest.mark.parametrize("text", PATTERNS)
def test_masking_thinks_no_longer_about_a_long_text_than_about_many_short_ones(text: str) -> None:
    """Work that grows with the square of the length would show as a factor of 16 for a fourfold length."""
    began_s = time.perf_counter()
    masked_text(text)
    once_s = time.perf_counter() - began_s
    began_s = time.perf_counter()
    masked_text(text * 4)
    assert time.perf_counter() - began_s < max(12 * once_s, 1.0)
