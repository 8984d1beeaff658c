"""Which city do the tests of risks judge? The drawn one, with rules that a reader can check by hand."""

from collections.abc import AsyncIterator, Iterator
from datetime import datetime, timedelta

import psycopg
import pytest

from data.engine import libpq_url
from data.feed.tell import tell
from data.risk.keeper import judge_changed
from data.risk.rule_file import rules_of
from data.risk.rule_store import import_rules
from data.risk.store import Stored
from tests.support.case_world import CaseWorld, case_world

AT_PLACE = {"within_days": 30, "radius_m": 50, "same": "class"}
RULES = {
    "people": {"多人": 3},
    "rules": [
        {"key": "words", "zh": "词", "en": "words", "when": {"fact": "text", "has_any": ["械斗", "打砸"]}},
        {"key": "reopened", "zh": "重开", "en": "reopened", "when": {"fact": "reopened", "at_least": 1}},
        {"key": "late", "zh": "超期", "en": "late", "when": {"fact": "missed_limits", "at_least": 2}},
        {"key": "place", "zh": "同点", "en": "place", "when": {"fact": "reports_at_place", "at_least": 3, **AT_PLACE}},
    ],
}


class Judging:
    """Judges as the folding process does, and tells what is stored."""

    def __init__(self, connection: psycopg.Connection) -> None:
        self.connection = connection

    def turn(self, now: datetime, at_once: int = 250) -> Stored:
        """One pass: tell what is committed, then judge it."""
        with self.connection.transaction():
            tell(self.connection)
        with self.connection.transaction():
            return judge_changed(self.connection, now, at_once=at_once)

    def verdicts(self, case: int) -> list[tuple[str, list[str]]]:
        rows = self.connection.execute(
            "SELECT level, fired FROM risk_verdict WHERE incident_id = %s ORDER BY no", [case]
        ).fetchall()
        return [(level, [one["rule"] for one in fired]) for level, fired in rows]

    def alert(self, case: int) -> tuple[str, int] | None:
        row = self.connection.execute("SELECT state, seq FROM risk_alert WHERE incident_id = %s", [case]).fetchone()
        return None if row is None else (row[0], row[1])

    def say(self, case: int, text: str) -> None:
        """Put words into a report."""
        self.connection.execute("UPDATE incident SET text = %s WHERE id = %s", [text, case])

    def put(self, case: int, lon: float, lat: float) -> None:
        """Put a report somewhere."""
        point = {"lon": lon, "lat": lat, "id": case}
        self.connection.execute(
            "UPDATE incident SET geom = ST_SetSRID(ST_MakePoint(%(lon)s, %(lat)s), 4326) WHERE id = %(id)s", point
        )
        self.connection.execute(
            "UPDATE incident SET morton = shown_code(class_id, grid_id, point_code(geom)) WHERE id = %(id)s", point
        )


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture
async def world(database_url: str, anyio_backend: str) -> AsyncIterator[CaseWorld]:
    async with case_world(database_url) as world:
        yield world


@pytest.fixture
def judging(world: CaseWorld) -> Iterator[Judging]:
    with psycopg.connect(libpq_url(world.url), autocommit=True) as connection:
        with connection.transaction():
            import_rules(connection, rules_of(RULES))
        judging = Judging(connection)
        # What the drawn city brings along is judged by the first turns.
        judging.turn(world.clock.now - timedelta(days=1))
        judging.turn(world.clock.now - timedelta(days=1))
        yield judging
