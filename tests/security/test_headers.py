"""Does every answer carry the headers that keep browsers safe, and allow pages what they need and no more?"""

import base64
import hashlib
import re

import pytest

from dashboard.security.content_policy import NOTHING, page_policy
from tests.security.conftest import House

pytestmark = pytest.mark.anyio
ANSWERS = (
    ("leader", "/map", 200), ("leader", "/account", 200), ("leader", "/api/v1/summary", 200), ("leader", "/admin", 403),
    ("leader", "/tiles/incidents/10/853/422.mvt", 200), ("leader", "/tiles/no-such.json", 404),
    ("leader", "/assets/app.css", 200), ("leader", "/api/v1/units/none", 404), ("leader", "/no-such-page", 404),
    ("leader", "/api/docs", 200), ("leader", "/export/map.html", 200),
    ("leader", "/api/v1/export/units.csv?level=grid", 200),
    (None, "/login", 200), (None, "/healthz", 200), (None, "/map", 401), (None, "/wall/enter", 200),
)  # fmt: skip


def directives(policy: str) -> dict[str, set[str]]:
    """What a policy allows by directive."""
    return {part.split()[0]: set(part.split()[1:]) for part in policy.split("; ")}


@pytest.mark.parametrize(("name", "path", "status"), ANSWERS)
async def test_every_answer_carries_them(house: House, name: str | None, path: str, status: int) -> None:
    async with house.client(name) as client:
        answer = await client.get(path, headers={"accept": "text/html" if status != 401 else "application/json"})
    assert answer.status_code in (status, 204 if "tiles" in path else status), answer.text[:300]
    headers = answer.headers
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["x-frame-options"] == "DENY"
    assert headers["referrer-policy"] == "same-origin"
    assert headers["cross-origin-opener-policy"] == headers["cross-origin-resource-policy"] == "same-origin"
    assert "geolocation=()" in headers["permissions-policy"]
    assert "frame-ancestors 'none'" in headers["content-security-policy"]
    assert headers["cache-control"]
    assert "strict-transport-security" not in headers
    assert "server" not in headers


async def test_transport_security_is_asked_for_behind_tls_alone(house: House) -> None:
    async with house.client("leader", base="https://minqing.example") as client:
        answer = await client.get("/healthz")
    assert answer.headers["strict-transport-security"] == "max-age=31536000"


async def test_pages_run_scripts_of_this_server_and_known_inline_ones_alone(house: House) -> None:
    async with house.client("leader") as client:
        answer = await client.get("/map", headers={"accept": "text/html"})
    allowed = directives(answer.headers["content-security-policy"])
    found = re.findall(r"<script(?![^>]*\bsrc=)(?![^>]*application/json)[^>]*>(.*?)</script>", answer.text, re.DOTALL)
    hashes = {f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'" for text in found}
    assert hashes
    assert allowed["script-src"] == {"'self'"} | hashes
    assert allowed["script-src-attr"] == allowed["object-src"] == allowed["base-uri"] == {"'none'"}
    assert allowed["default-src"] == allowed["frame-ancestors"] == {"'none'"}
    assert allowed["connect-src"] == allowed["form-action"] == {"'self'"}
    assert not re.search(r"\son\w+=", answer.text.split("<footer>")[0])


async def test_what_is_no_page_may_load_nothing(house: House) -> None:
    async with house.client("leader") as client:
        for path in ("/api/v1/summary", "/tiles/places.json", "/api/v1/export/units.csv?level=grid"):
            assert (await client.get(path)).headers["content-security-policy"] == NOTHING


async def test_answers_for_one_reader_are_kept_by_nobody_else(house: House) -> None:
    async with house.client("leader") as client:
        for path in ("/map", "/account", "/api/v1/summary", "/api/v1/me", "/api/v1/incidents", "/healthz"):
            answer = await client.get(path)
            assert "no-store" in answer.headers["cache-control"], path
            assert {"cookie", "authorization"} <= {one.strip().lower() for one in answer.headers["vary"].split(",")}
        tile = await client.get("/tiles/places/3/6/3.mvt")
        assert "private" in tile.headers["cache-control"]
        assert "cookie" in tile.headers["vary"]


def test_no_policy_allows_code_from_text() -> None:
    policy = page_policy(["'sha256-abc'"])
    assert "unsafe-eval" not in policy
    assert "unsafe-inline" not in policy.split("style-src")[0]
    assert "http:" not in policy
    assert "*" not in policy
